"""Degrees and radians: the sign counts inside functions and may be left out of a bare angle."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

ANGLES = [
    (None, r"\sin 1^\circ", r"\sin 1", False),
    (None, r"\cos 36^\circ", r"\cos 36", False),
    (None, r"60^\circ", r"\frac{\pi}{3}", True),
    (None, r"60^\circ", "60", True),
    (None, r"60^\circ", r"\frac{\pi}{6}", False),
    (None, r"\cos 60^\circ", r"\frac12", True),
    (None, r"\frac{1}{2}", r"\cos 60", False),
    (None, r"\tan^{-1}(2)", r"\arctan 2", True),
    (None, r"45^\circ", r"45\text{ degrees}", True),
    (None, r"\frac{\pi}{4}\text{ rad}", r"45^\circ", True),
    (None, r"2\text{ rad}", r"2^\circ", False),
    (None, r"30^\circ30'", r"30.5^\circ", True),
    (None, r"30^\circ 15'", r"30.15^\circ", False),
    (None, "1'", "60''", True),
    (None, r"1^\circ", "3600''", True),
    (None, "5''", "5'", False),
    (None, r"\sin 30", r"\frac12", False),
    ("Angles are measured in degrees. Find the value of sin.", r"\sin 30^\circ", r"\sin 30", True),
    (None, r"0.5\text{ rad}", r"0.5^\circ", False),
    (None, r"180^\circ-2\alpha", r"\pi-2\alpha", True),
    (None, r"\cot 10^\circ", r"\tan 80^\circ", True),
    (None, r"\cot 10^\circ", r"\tan 80", False),
    (None, r"\sec 20^\circ", r"\frac{1}{\cos 20}", False),
    (None, r"\arcsin\frac12", r"30^\circ", True),
]


@all_cases(("question", "gold", "prediction", "is_equal"), ANGLES)
def test_the_sign_of_a_degree_counts_where_it_measures(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal
