"""The columnar cache: the same jobs as the log, and never used once anything it rests on has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.types import FailureKind, Usage, Verdict
from harness.pricing.book import FACTS, load_book
from harness.report.run_data import cache
from harness.report.run_data.cache import FILE, MIN_JOBS, JobCache
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_report.build import build_run_report
from harness.store.code_fingerprint import HARNESS
from harness.store.run_dir import RunDir
from tests.report.runs import PRICE, RunWriter, answer, endpoint, failure

ONE, TWO = endpoint(), endpoint("sim/two", simulated=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run just large enough to be cached, with a job of every kind."""
    folder = tmp_path_factory.mktemp("large") / "run"
    writer = RunWriter(folder, endpoints=[ONE, TWO], samples=MIN_JOBS)
    charged = replace(answer(), reported_cost_usd=Decimal("0.0028"))
    writer.job(ONE, 0, [failure(FailureKind.OVERLOADED), answer()], Verdict.CORRECT, said="42")
    writer.job(ONE, 1, [failure(FailureKind.SERVER_ERROR), failure(said="说不出")])
    writer.job(ONE, 2, [charged], Verdict.GRADER_ERROR)
    writer.job(ONE, 3, [answer(usage=None)], Verdict.WRONG, reused_from="old", lost=1)
    writer.job(ONE, 4, [answer()], is_final=False)
    writer.job(ONE, 5, [], lost=2)
    for number in range(6, MIN_JOBS + 1):
        usage = Usage(prompt_tokens=1000 + number, completion_tokens=100, cached_tokens=number, reasoning_tokens=7)
        writer.job(TWO, number, [answer(usage=usage)], Verdict.WRONG, said=f"{number} ≠ 1")
    writer.close()
    jobs(RunDir(folder))  # leaves the cache
    return folder


@pytest.fixture
def run(large: Path, tmp_path: Path) -> RunDir:
    """A copy of it with its cache, which is valid since the copy keeps the times of the files."""
    return RunDir(shutil.copytree(large, tmp_path / "run"))


@pytest.fixture
def without_cache(run: RunDir) -> RunDir:
    (run.path / FILE).unlink()
    return run


def jobs(run: RunDir) -> list[JobRecord]:
    return list(RunData.load(run).records())


def is_valid(run: RunDir) -> bool:
    return JobCache(run).read() is not None


@pytest.mark.slow
def test_jobs_from_the_file_equal_those_from_the_log_in_value_type_and_order(without_cache: RunDir) -> None:
    first = RunData.load(without_cache)
    from_log = list(first.records())
    assert is_valid(without_cache)
    second = RunData.load(without_cache)
    from_file = list(second.records())
    assert from_file == from_log
    assert [[type(value) for value in one] for one in from_file] == [[type(value) for value in one] for one in from_log]
    assert str(from_file[0].spent_known_usd) == str(from_log[0].spent_known_usd)  # every digit and zero
    assert second.lost == first.lost
    assert len(first.lost.sent) == 3
    assert [count for _, count in first.lost.without_record] == [2]


@pytest.mark.slow
def test_report_from_the_file_says_the_same(without_cache: RunDir) -> None:
    first, second = (build_run_report(RunData.load(without_cache)) for _ in range(2))
    assert second.notes == first.notes
    assert [[one.spent_usd for one in table.summaries] for table in second.tables] == [
        [one.spent_usd for one in table.summaries] for table in first.tables
    ]


@pytest.mark.parametrize("name", ["calls-0.jsonl", "grades.jsonl", "manifest.json", "usage.jsonl", "calls-1.jsonl"])
def test_change_of_any_file_it_rests_on_ends_it(name: str, run: RunDir) -> None:
    assert is_valid(run)
    path = run.path / name
    before = path.read_bytes() if path.exists() else b""
    path.write_bytes(before + b" " if name == "manifest.json" else before + b"\n")
    assert not is_valid(run)


def test_same_bytes_with_a_later_time_end_it_too(run: RunDir) -> None:
    assert is_valid(run)
    found = (run.path / "calls-0.jsonl").stat()
    os.utime(run.path / "calls-0.jsonl", ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    assert not is_valid(run)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["empty", "only its mark", "no parquet at all", "half a file"])
def test_damaged_file_is_passed_over_and_made_anew(damage: str, run: RunDir) -> None:
    whole = (run.path / FILE).read_bytes()
    from_whole = jobs(run)
    damaged = {"empty": b"", "only its mark": b"PAR1", "half a file": whole[:-100]}
    (run.path / FILE).write_bytes(damaged.get(damage, damage.encode()))
    assert not is_valid(run)
    assert jobs(run) == from_whole
    assert is_valid(run)


def test_pass_that_is_not_read_to_its_end_leaves_no_file(without_cache: RunDir) -> None:
    records = RunData.load(without_cache).records()
    assert isinstance(records, Generator)
    next(records)
    records.close()
    assert not list(without_cache.path.glob(f"{FILE}*"))


@pytest.mark.slow
def test_folder_that_takes_no_file_is_read_all_the_same(run: RunDir) -> None:
    from_file = jobs(run)
    (run.path / FILE).unlink()
    (run.path / FILE).mkdir()  # no file can take that name
    assert jobs(run) == from_file
    assert not list(run.path.glob("*.partial"))


def test_small_run_has_none(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[ONE], samples=1)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.close()
    jobs(writer.run)
    assert not (tmp_path / "run" / FILE).exists()


@pytest.mark.slow
def test_other_prices_are_never_taken_from_the_file(run: RunDir) -> None:
    data = RunData.load(run)
    rates = replace(PRICE.rates, prompt=Decimal(0), completion=Decimal(0))
    other = RunData(run=run, manifest=data.manifest, book=load_book(own=[replace(PRICE, rates=rates)]))
    by_file = {one.key: one.accepted_usd for one in data.records()}
    by_log = {one.key: one.accepted_usd for one in other.records()}
    key = next(key for key, usd in by_file.items() if usd)
    assert by_log[key] == 0


def test_code_and_price_files_are_part_of_what_it_rests_on() -> None:
    patterns = set(cache.DERIVED_BY)
    assert {"core/**/*.py", "pricing/**/*.py", "report/run_data/*.py", "facts/prices/*"} <= patterns
    assert all(any(HARNESS.glob(pattern)) for pattern in patterns)
    covered = {path for pattern in patterns for path in HARNESS.glob(pattern)}
    read_by_the_book = {FACTS / "exchange_rates.yaml", FACTS / "sources.yaml", *(FACTS / "prices").glob("*.yaml")}
    assert read_by_the_book <= covered


def test_a_reader_that_keeps_none_of_so_few_jobs_leaves_no_file(without_cache: RunDir) -> None:
    list(RunData.load(without_cache, keeps_cache=False).records())
    assert not (without_cache.path / FILE).exists()  # 2,000 jobs
