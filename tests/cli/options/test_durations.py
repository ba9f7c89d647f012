"""Durations on the command line always name their unit."""

from __future__ import annotations

import argparse

import pytest

from harness.cli.options.durations import duration, wait
from tests.cases import all_cases


@all_cases(("text", "seconds"), [("90s", 90.0), ("30m", 1800.0), ("8h", 28800.0), ("1.5h", 5400.0), ("0.5s", 0.5)])
def test_a_number_and_its_unit_are_seconds(text: str, seconds: float) -> None:
    assert duration(text) == wait(text) == seconds


@all_cases("text", ["", "s", ".s", "90", "8 h", "-1s", "1e3s", "1.2.3s", "infs", "5w", "٣s", "²s"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 8h, 90s or 0s"):
        wait(text)


def test_nothing_at_all_is_a_wait_and_no_duration() -> None:
    assert wait("0s") == 0
    with pytest.raises(argparse.ArgumentTypeError, match="not a time above 0"):
        duration("0s")
