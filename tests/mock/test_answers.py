"""Right answers are right, wrong ones are surely wrong, and both have about the length that was asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from harness.core.labels import cold_line
from harness.core.types import Sample
from harness.mock.answers import UNKNOWN_PROMPT, AnswerBook, altered, answer_text, is_code, thoughts
from harness.mock.tokens import pieces
from tests.cases import all_cases

REFERENCE = """Here it is.

```python
class Parity:
    even = True

def is_even(n):
    return True if n == 0 else is_odd(n - 1)

def is_odd(n):
    return False if n == 0 else is_even(n - 1)
```"""
MATH = Sample(id="m", prompt="How much?", target=r"\frac{3}{4}")
CODE = Sample(id="c", prompt="Write is_even(n).", target='{"entry": "is_even"}', reference=REFERENCE)


def test_a_right_answer_boxes_the_target() -> None:
    text = answer_text(MATH, is_correct=True, tokens=50, text_seed=1)
    assert text.endswith(r"\boxed{\frac{3}{4}}.")


def test_a_reference_is_given_word_for_word() -> None:
    assert answer_text(CODE, is_correct=True, tokens=200, text_seed=1).endswith(REFERENCE)


@pytest.mark.parametrize("tokens", [30, 120, 400])
def test_an_answer_has_about_the_length_asked_for(tokens: int) -> None:
    text = answer_text(MATH, is_correct=True, tokens=tokens, text_seed=3)
    assert abs(len(pieces(text)) - tokens) <= 2


def test_an_answer_is_no_shorter_than_what_matters_in_it() -> None:
    text = answer_text(MATH, is_correct=True, tokens=1, text_seed=3)
    assert text == r"Therefore the answer is \boxed{\frac{3}{4}}."


@all_cases(
    "target", ["42", r"\frac{3}{4}", "-7", "0.50", "x^2 + 1", r"\sqrt{2}", "(3, 5)", "1,000", "0", "x", r"\text{(B)}"]
)
def test_a_wrong_answer_differs_from_the_target_for_every_seed(target: str) -> None:
    assert target not in {altered(target, Random(seed)) for seed in range(50)}


def test_a_target_without_a_number_is_altered_too() -> None:
    assert altered("x", Random(0)) == "x + 1"


@all_cases("seed", range(8))
def test_wrong_code_returns_something_else_for_every_argument(seed: int) -> None:
    text = answer_text(CODE, is_correct=False, tokens=40, text_seed=seed)
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    names: dict[str, object] = {}
    exec(block.group(1), names)
    assert "Parity" in names  # tests may build arguments from the program's own classes
    is_even = names["is_even"]
    assert callable(is_even)
    assert all(is_even(n) is not (n % 2 == 0) for n in range(6))


def test_the_padding_holds_no_number_that_could_be_taken_for_an_answer() -> None:
    assert not re.search(r"\d", "".join(thoughts(2000, Random(1))))


def test_code_is_known_by_its_reference_or_by_tests_as_json() -> None:
    table = {"42": False, "[1, 2]": False, "{1, 2}": False, '{"tests": []}': True, '[["f", 1]]': True, "[0, 1)": False}
    assert {target: is_code(Sample(id="x", prompt="p", target=target)) for target in table} == table


def test_the_book_of_a_cold_run_finds_a_sample_with_another_cold_line_or_none() -> None:
    book = AnswerBook.from_samples([replace(MATH, prompt=cold_line("0" * 32) + MATH.prompt)])
    assert book.find(cold_line("f" * 32) + "How much?") is book.find("How much?") is not None


def test_the_book_finds_a_sample_whatever_the_blanks_around_the_prompt() -> None:
    book = AnswerBook.from_samples([MATH, CODE])
    assert book.find("  How much?\n") is MATH
    assert book.find("How little?") is None


def test_an_unknown_prompt_is_answered_with_a_statement_of_that() -> None:
    assert answer_text(None, is_correct=True, tokens=50, text_seed=1) == UNKNOWN_PROMPT
