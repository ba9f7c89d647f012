"""The page of a run: written once for each state of its files, kept for the next process, newer ones when they come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.core.types import Verdict
from harness.report.render.language import speaking
from harness.store.run_dir import RunDir
from harness.viewer.index_file import IndexFile
from harness.viewer.page_cache import PageCache
from tests.report.runs import RunWriter, answer, endpoint
from tests.waiting import wait_until


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """Two models, twelve samples."""
    models = [endpoint("acme/one"), endpoint("acme/two")]
    written = RunWriter(tmp_path / "run", endpoints=models, samples=12)
    for place, who in enumerate(models):
        for sample in range(12):
            written.job(who, sample, [answer()], Verdict.CORRECT if sample < 9 - place else Verdict.WRONG)
    written.close()
    return written.run


def written_page(run: RunDir) -> str:
    """The page with its charts, once it is there."""
    cache = PageCache(run, IndexFile(run.path))

    def has_charts() -> bool:
        return "<figure" in (cache.body() or "")

    wait_until(has_charts, "page of a run with its charts")
    cache.close()
    return cache.body() or ""


@pytest.mark.slow
def test_page_is_there_at_once_in_the_next_process(run: RunDir) -> None:
    first = written_page(run)
    again = PageCache(run, IndexFile(run.path))
    assert again.version
    assert again.body() == first
    again.close()
    assert again.version == "1"  # nothing was written anew


@pytest.mark.slow
def test_page_of_a_run_that_changed_is_shown_until_the_newer_one_is_written(run: RunDir) -> None:
    first = written_page(run)
    found = run.grades_path.stat()
    os.utime(run.grades_path, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    again = PageCache(run, IndexFile(run.path))
    assert again.body() is not None
    again.close()
    assert int(again.version) > 1
    assert again.body() == first  # the same figures


def test_page_that_other_code_wrote_is_not_shown(run: RunDir) -> None:
    file = IndexFile(run.path)
    file.keep_run_page("en", "0000000000000000 calls-0.jsonl:1:1", "written by another version")
    assert PageCache(run, file).version == ""


@pytest.mark.slow
def test_page_is_kept_for_each_language(run: RunDir) -> None:
    assert "has the highest accuracy" in written_page(run)
    with speaking("zh"):
        assert "has the highest accuracy" not in written_page(run)
    assert "has the highest accuracy" in written_page(run)


def test_damaged_run_raises_and_changes_the_version_of_its_page(run: RunDir) -> None:
    run.call_files()[0].write_text("{}\n" * 3)
    cache = PageCache(run, IndexFile(run.path))

    def is_told() -> bool:
        try:
            return cache.body() is not None
        except LocalError as error:
            return "calls-0.jsonl" in str(error)

    wait_until(is_told, "message of a damaged run")
    assert cache.version
