"""Planted faults are real: each applies to the product as it stands, and two come around in the slow suite."""

from __future__ import annotations

import ast
import datetime
from pathlib import Path

import pytest
import yaml

from tests.cases import all_cases
from tests.planted.faults import ROOT, Fault, load_faults, rotating_sample
from tests.planted.run import gate_passes, repository_copy, try_fault

FAULTS = load_faults()
AREAS = {"dialects", "dollars", "gate", "grading", "mock", "prices", "prompts", "runner", "served_model", "statistics"}


@all_cases("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_applies_and_leaves_a_file_that_can_be_read(fault: Fault) -> None:
    sound = (ROOT / fault.file).read_text(encoding="utf-8")
    faulty = fault.applied_to(sound)
    assert faulty != sound
    if fault.file.endswith(".py"):
        ast.parse(faulty)
    else:
        assert yaml.load(faulty, yaml.CSafeLoader) != yaml.load(sound, yaml.CSafeLoader)
    assert all((ROOT / test).exists() for test in fault.tests)


def test_there_are_at_least_forty_with_names_of_their_own_in_every_area() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    assert {fault.area for fault in FAULTS} == AREAS


def test_fault_that_does_not_apply_is_named() -> None:
    fault = Fault(area="a", name="gone", file="f.py", old="x = 1", new="x = 2", breaks="", tests=())
    with pytest.raises(ValueError, match=r"gone: the old text stands 2 times in f\.py"):
        fault.applied_to("x = 1\nx = 1\n")


def test_lines_behind_the_first_are_indented_like_it() -> None:
    fault = Fault(area="a", name="f", file="f.py", old="if x:\n    y()", new="if x:\n    z()", breaks="", tests=())
    assert fault.applied_to("def f():\n    if x:\n        y()\n") == "def f():\n    if x:\n        z()\n"


def test_every_fault_comes_around() -> None:
    turns = -(-len(FAULTS) // 2)
    assert {fault.name for turn in range(turns) for fault in rotating_sample(FAULTS, 2, turn=turn)} == {
        fault.name for fault in FAULTS
    }


@pytest.mark.slow(100)
def test_two_faults_of_the_day_are_caught_and_the_sound_copy_passes(tmp_path: Path) -> None:
    chosen = rotating_sample(FAULTS, 2, turn=datetime.datetime.now(datetime.UTC).date().toordinal())
    with repository_copy(tmp_path) as copy:
        assert gate_passes(copy)
        missed = [fault.name for fault in chosen if not try_fault(fault, copy, all_tests=False).is_caught]
    assert missed == []
