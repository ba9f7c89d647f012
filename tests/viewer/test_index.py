"""The index of a run: what passes the filters, in which order, and what is beside it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Usage, Verdict
from harness.store.run_dir import RunDir
from harness.viewer.filters import SORTS, Filters
from harness.viewer.index import RunIndex
from tests.report.runs import RunWriter, answer, endpoint
from tests.waiting import wait_until


def run_of_two(path: Path) -> RunDir:
    """Ten samples: the first model answers all correctly, the second the first six; a text of each its own length."""
    models = [endpoint("acme/one"), endpoint("acme/two")]
    written = RunWriter(path, endpoints=models, samples=10)
    for place, who in enumerate(models):
        for sample in range(10):
            completion = answer(usage=Usage(prompt_tokens=1000, completion_tokens=100 + sample, reasoning_tokens=0))
            object.__setattr__(completion, "text", f"the answer of model {place} to sample {sample}")
            is_wrong = place == 1 and sample >= 6
            written.job(who, sample, [completion], Verdict.WRONG if is_wrong else Verdict.CORRECT)
    written.close()
    return written.run


@pytest.fixture
def index(tmp_path: Path) -> Iterator[RunIndex]:
    """Its index, complete."""
    found = RunIndex(run_of_two(tmp_path / "run"))
    complete(found)
    yield found
    found.close()


def complete(index: RunIndex) -> None:
    """Wait until the index has every job."""

    def is_built() -> bool:
        index.refresh()
        return bool(index.built_from)

    wait_until(is_built, "index of a run")


def samples(index: RunIndex, filters: Filters) -> list[str]:
    total, rows = index.sample_page(filters, start=0, limit=100)
    assert total == len(rows)
    return [row.sample for row in rows]


def test_filters_narrow_by_state_model_tokens_search_and_disagreement(index: RunIndex) -> None:
    last_four = ["s6", "s7", "s8", "s9"]
    assert samples(index, Filters()) == [f"s{n}" for n in range(10)]
    assert samples(index, Filters(state="wrong")) == last_four
    assert samples(index, Filters(state="wrong", model="acme/one")) == []
    assert samples(index, Filters(disagree=True)) == last_four
    assert samples(index, Filters(min_tokens=108)) == ["s8", "s9"]
    assert samples(index, Filters(search="model 1 to sample 3")) == ["s3"]
    assert samples(index, Filters(search='"no such" text*')) == []
    assert samples(index, Filters(min_usd=1.0)) == []


def test_grid_is_sorted_by_length_downwards_and_knows_every_sort(index: RunIndex) -> None:
    assert samples(index, Filters(sort="length")) == [f"s{n}" for n in reversed(range(10))]
    assert samples(index, Filters(sort="wrong"))[:4] == ["s6", "s7", "s8", "s9"]
    for sort in SORTS:
        assert len(samples(index, Filters(sort=sort))) == 10
    assert samples(index, Filters(sort="no such sort")) == [f"s{n}" for n in range(10)]


def test_neighbours_are_those_that_pass_the_same_filters(index: RunIndex) -> None:
    def beside(sample: str, filters: Filters) -> list[str | None]:
        return [None if row is None else row.sample for row in index.neighbours("sums", sample, filters)]

    assert beside("s0", Filters()) == [None, "s1"]
    assert beside("s7", Filters(disagree=True)) == ["s6", "s8"]
    assert beside("s3", Filters(disagree=True)) == [None, "s6"]  # itself does not pass
    assert beside("no such sample", Filters()) == [None, None]


def test_rows_hold_opening_of_the_prompt_and_every_job(index: RunIndex) -> None:
    _, rows = index.sample_page(Filters(), start=2, limit=1)
    assert rows[0].opening
    assert [(job.model, job.state) for job in index.jobs_of(rows)] == [("acme/one", "correct"), ("acme/two", "correct")]
    assert [detail["text"] for detail in index.details("sums", "s2")] == [
        f"the answer of model {place} to sample 2" for place in range(2)
    ]


def test_progress_counts_the_jobs_that_were_read(index: RunIndex) -> None:
    assert index.progress.text() == "20 of 20 jobs read"


def test_index_of_a_folder_that_cannot_be_written_lives_elsewhere_and_goes_with_it(tmp_path: Path) -> None:
    run = run_of_two(tmp_path / "run")
    (run.path / "viewer.sqlite").mkdir()  # not even root writes a file there
    index = RunIndex(run)
    complete(index)
    place = index._file.path
    assert run.path not in place.parents
    assert len(samples(index, Filters())) == 10
    index.close()
    assert not place.exists()
    assert stat.S_ISDIR((run.path / "viewer.sqlite").stat().st_mode)
