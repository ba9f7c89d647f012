"""core-math: every answer agrees with an independent derivation, and the set has the promised shape."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

from harness.core.types import Sample
from harness.tasks.load import load_task
from tests.cases import all_cases
from tests.tasks.core_math_answers import Root, Stretches, rendered
from tests.tasks.core_math_checks import CHECKS


def _samples() -> tuple[Sample, ...]:
    return load_task("core-math", cwd=Path("/"), data_dir=None).samples


ANSWERS = {sample.id: sample.target for sample in _samples()}


def test_every_problem_has_exactly_one_check() -> None:
    assert sorted(ANSWERS) == sorted(CHECKS)


@all_cases("sample_id", CHECKS)
def test_answer_agrees_with_an_independent_derivation(sample_id: str) -> None:
    assert ANSWERS[sample_id] == rendered(CHECKS[sample_id]())


def test_three_tiers_of_at_least_22() -> None:
    tiers = Counter(sample.tags["difficulty"] for sample in _samples())
    assert set(tiers) == {"easy", "medium", "hard"}
    assert min(tiers.values()) >= 22


def test_no_problem_stands_twice() -> None:
    prompts = [sample.prompt for sample in _samples()]
    assert len(set(prompts)) == len(prompts)


def test_reference_ends_with_the_boxed_answer() -> None:
    assert all(sample.reference and f"\\boxed{{{sample.target}}}" in sample.reference for sample in _samples())


@all_cases(
    ("answer", "written"),
    [
        (7, "7"),
        (Fraction(-3, 4), "\\frac{-3}{4}"),
        (Root(Fraction(49)), "7"),
        (Root(Fraction(1, 2)), "\\frac{\\sqrt{2}}{2}"),
        (Root(Fraction(75)), "5\\sqrt{3}"),
        ((1, -2), "(1, -2)"),
        (frozenset({8, 3}), "\\{3, 8\\}"),
        (Stretches((((None, False), (2, True)),)), "(-\\infty, 2]"),
    ],
)
def test_derived_answers_are_written_as_in_the_data_file(answer: object, written: str) -> None:
    assert rendered(answer) == written  # type: ignore[arg-type]
