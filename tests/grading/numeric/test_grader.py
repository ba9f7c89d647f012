r"""The grader `numeric`: one number, within a tolerance; what is not one number is no answer."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import DataError
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.grading.numeric.grader import check_target, one_number, parse_target
from tests.cases import all_cases


def verdict(target: str, text: str, *, is_truncated: bool = False) -> Verdict:
    sample = Sample(id="s", prompt="How much?", target=target)
    return make_grader("numeric", GraderOptions()).grade(sample, text, is_truncated=is_truncated).verdict


@all_cases(
    ("target", "text"),
    [
        ("42", "So the answer is 42."),
        ("42", r"\boxed{42}"),
        ("42", "6 times 7 is 42 apples. The answer is 42 apples."),
        ("1234.5", "The answer is 1,234.50"),
        ("0.3", r"\boxed{0.30}"),
        ("3.14 +- 0.01", r"\boxed{3.149}"),
        ("3.14 ± 0.01", r"\boxed{3.13}"),
        ("1/3", r"\boxed{1/3}"),
        ("50%", r"\boxed{50\%}"),
        ("50", r"\boxed{50\%}"),
        ("0.5", r"\boxed{50\%}"),
        ("-7", "答案是 −7"),
        ("1200", r"\boxed{\$1{,}200}"),
        ("12", r"\boxed{12\text{ km}}"),
        ("2000", r"\boxed{2e3}"),
    ],
)
def test_equal_numbers_are_correct(target: str, text: str) -> None:
    assert verdict(target, text) is Verdict.CORRECT


@all_cases(
    ("target", "text"),
    [
        ("42", r"\boxed{43}"),
        ("42", r"\boxed{-42}"),
        ("3.14 +- 0.01", r"\boxed{3.151}"),
        ("3.14", r"\boxed{3.1400001}"),
        ("1/3", r"\boxed{0.333}"),
        ("5", r"\boxed{50\%}"),
    ],
)
def test_other_numbers_are_wrong(target: str, text: str) -> None:
    assert verdict(target, text) is Verdict.WRONG


@all_cases("answer", [r"\sqrt{2}", "2x", "2^3", "5!", "3 to 4", "1 or 2", r"\frac{1}{2}", "2i", "x-5"])
def test_formulas_and_several_numbers_are_no_answer(answer: str) -> None:
    assert verdict("2", rf"\boxed{{{answer}}}") is Verdict.NO_ANSWER


def test_number_before_the_output_limit_that_was_not_stated_is_no_answer() -> None:
    assert verdict("42", "First I add 42", is_truncated=True) is Verdict.NO_ANSWER


@all_cases("target", ["", "many", "1 2", "3.14 +- ", "3 +- 0.1 +- 0.2", "1/0", "12 km"])
def test_target_that_is_no_number_is_named(target: str) -> None:
    with pytest.raises(DataError, match=r"is no number; accepted: 3\.14, 1/3, 50%, or 3\.14"):
        check_target(target)
    assert verdict(target, r"\boxed{1}") is Verdict.GRADER_ERROR


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_every_decimal_is_read_exactly(digits: int, places: int) -> None:
    text = f"{digits:,}" if places == 0 else f"{digits // 10**places:,}.{digits % 10**places:0{places}d}"
    expected = Fraction(digits) if places == 0 else Fraction(text.replace(",", ""))
    assert one_number(text) == (expected, False)
    assert parse_target(text).value == expected
