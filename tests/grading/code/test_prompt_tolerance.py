"""The error that a problem allows is read from its own words, and from nothing else."""

from __future__ import annotations

from harness.grading.code.case_specs import StdinCase, StdinTests
from harness.grading.code.prompt_tolerance import stated_tolerance, with_tolerance
from tests.cases import all_cases


@all_cases(
    ("prompt", "tolerance"),
    [
        ("Print a/b with error at most 1e-6", 1e-6),
        ("Your answer is accepted if its absolute or relative error does not exceed 10^{-6}.", 1e-6),
        ("Your answer will be considered correct if the absolute or relative error is at most $10^{-9}$.", 1e-9),
        ("an absolute error of at most 0.001 is allowed", 1e-3),
        ("The relative error\nshould be less than 10^-4.", 1e-4),
        ("Answers within 1e-5 of the expected output are accepted.", 1e-5),
        ("Print the sum. Each number is at most 10^{-6}.", None),
        ("Print n lines.", None),
        ("The error is printed to standard error.", None),
        ("The values are at least 10^{-3} and the program makes no error.", None),
        ("absolute error of at most 1e-6, though a relative error of at most 1e-9 is better", 1e-9),
    ],
)
def test_the_tolerance_is_read_from_the_problem(prompt: str, tolerance: float | None) -> None:
    assert stated_tolerance(prompt) == tolerance


def test_a_case_with_a_tolerance_of_its_own_keeps_it() -> None:
    tests = StdinTests(cases=(StdinCase(stdin="", stdout="0.5", tolerance=0.0), StdinCase(stdin="", stdout="0.5")))
    assert [case.tolerance for case in with_tolerance(tests, 1e-6).cases] == [0.0, 1e-6]
