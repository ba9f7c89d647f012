"""Solutions with a whole-number parameter."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

FAMILIES = [
    (r"\frac{\pi}{3}+k\pi", r"\frac{4\pi}{3}+k\pi", True),
    (r"\frac{\pi}{3}+k\pi", r"\frac{\pi}{3}+2k\pi", False),
    (r"\frac{\pi}{3}+2k\pi", r"\frac{4\pi}{3}+2k\pi", False),
    (r"k\pi", r"2k\pi", False),
    (r"\frac{\pi}{2}+k\pi", r"-\frac{\pi}{2}+k\pi", True),
    (r"30^\circ+k\cdot360^\circ", r"390^\circ+k\cdot 360^\circ", True),
    (r"2k\pi\pm\frac{\pi}{3}", r"2k\pi+\frac{\pi}{3}", False),
    ("x=2k+1", "x=2k", False),
    (r"\left[k\pi,k\pi+\frac{\pi}{2}\right]", r"\left(k\pi,k\pi+\frac{\pi}{2}\right)", False),
    (r"[k\pi-\frac{\pi}{3},k\pi+\frac{\pi}{6}](k\in Z)", r"[k\pi+\frac{2\pi}{3},k\pi+\frac{7\pi}{6}](k\in Z)", True),
    (r"\frac{k\pi}{3}", r"\frac{k\pi}{6}", False),
]


@all_cases(("gold", "prediction", "is_equal"), FAMILIES)
def test_the_same_solutions_from_another_member(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
