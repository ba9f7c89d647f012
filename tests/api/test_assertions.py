"""Assertions on runs: what they accept, and what they say of what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness.testing import assert_accuracy, assert_latency, assert_usd
from tests.exporters.runs import write_run


@pytest.fixture
def run(tmp_path: Path) -> harness.Run:
    """Two models; of acme/one some dollars are unknown and some jobs failed."""
    return harness.load(write_run(tmp_path / "results" / "mine"))


def test_known_figures_within_the_bounds_pass(run: harness.Run) -> None:
    row = run.summary.set_index("model").loc["acme/one"]
    assert_latency(run, at_most_s=float(row["seconds_per_task"]), model="acme/one")


def test_jobs_without_a_graded_answer_fail_whatever_the_accuracy(run: harness.Run) -> None:
    with pytest.raises(AssertionError, match=r"acme/one on \S+: \d+ of \d+ jobs have no graded answer"):
        assert_accuracy(run, at_least=0.0, model="acme/one")


def test_unknown_dollars_fail_whatever_the_limit(run: harness.Run) -> None:
    with pytest.raises(AssertionError, match="the dollars are not known"):
        assert_usd(run, at_most="1000", model="acme/one")


def test_a_latency_above_the_limit_says_both(run: harness.Run) -> None:
    with pytest.raises(AssertionError, match=r"seconds_per_task \d+\.\d+ s, at most 0 s are asked for"):
        assert_latency(run, at_most_s=0, model="acme/one")


def test_a_row_that_is_not_there_is_an_error_that_names_the_rows(run: harness.Run) -> None:
    with pytest.raises(AssertionError, match=r"no row of task None and model nobody; rows: .*acme/one"):
        assert_accuracy(run, model="nobody")
