"""Words that exclude each other: every pair here is called equal without the rule."""

from __future__ import annotations

from harness.grading.math.comparison.opposites import are_opposites
from tests.cases import all_cases
from tests.grading.math.conftest import Compare


@all_cases(
    ("gold", "prediction"),
    [
        (r"15 \text{ percent profit}", r"15 \text{ percent loss}"),
        (r"m = 5k, k \in \mathbb{N}", r"m = 5k, k \in \mathbb{Z}"),
        (r"a \lor b", r"a \land b"),
        ("II", "III"),
        (r"\text{IX}", "XI"),
        ("最小值为3", "最大值为3"),
    ],
)
def test_answers_that_differ_in_opposite_words_alone_are_not_equal(
    gold: str, prediction: str, compare: Compare
) -> None:
    comparison = compare(gold, prediction)
    assert comparison.equal is False
    assert comparison.rule.startswith("opposite words")


@all_cases(
    ("gold", "prediction"),
    [
        ("not even", "odd"),  # a negation turns the words round
        ("5 north", "5"),  # only one side has a direction
        ("left or right", "left"),  # both words stand on one side
        (r"k \in \mathbb{Z}, k > 0", r"k \in \mathbb{N}"),  # a bound narrows the whole numbers
    ],
)
def test_words_do_not_exclude_each_other_where_only_one_stands_alone(gold: str, prediction: str) -> None:
    assert are_opposites(gold, prediction) is None
