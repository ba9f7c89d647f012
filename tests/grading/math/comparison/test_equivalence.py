"""Formulas near one another: a difference of 10^-400 is a difference."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

NEAR = [
    ("10^{-400}", "0", False),
    ("1+10^{-400}", "1", False),
    (r"\pi+10^{-400}", r"\pi", False),
    ("e^{-1000}+1", "1", False),
    (r"\tanh(1000)", "1", False),
    (r"\frac{355}{113}", r"\pi", False),
    (r"\sqrt2+\sqrt3", "3.146", True),
    (r"\frac{1}{3}", "0.333", True),
    (r"\frac13", "0.33", False),
    (r"\frac{2}{3}", "0.667", True),
    (r"\frac23", "0.666", False),
    ("0.125", "0.13", False),
    ("0.125", r"\frac18", True),
    (r"e^{\pi\sqrt{163}}", "262537412640768744", False),
    ("2^{100}", "1267650600228229401496703205376", True),
    ("2^{100}", "1267650600228229401496703205377", False),
    ("2^{100}", r"1.2676506\times10^{30}", False),
    ("100!", "100!+1", False),
    (r"\frac{100!}{99!}", "100", True),
    (r"\arctan(10^{100})", r"\frac{\pi}{2}", False),
    (r"\cos(10^{-50})", "1", False),
    (r"(1+\sqrt2)^{1000}", r"(1+\sqrt2)^{1000}+(1-\sqrt2)^{1000}", False),
    (r"\sqrt{10^{40}+1}", "10^{20}", False),
    (r"\log_{10}(10^{50}+1)", "50", False),
    ("1-2^{-2025}", "1", False),
    (r"(1-\frac{1}{2^{100}})\pi", r"\pi", False),
    (r"\frac{3^{2025}-1}{2}", r"\frac{3^{2025}+1}{2}", False),
    (r"\sum_{k=1}^{100}k", "5050", True),
    (r"\sum_{k=1}^{100}k", "5051", False),
]


@all_cases(("gold", "prediction", "is_equal"), NEAR)
def test_close_values_are_not_equal_values(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


LARGE = [
    ("2^{2^{100}}", "4^{2^{99}}", True),
    ("2^{2^{100}}", "4^{2^{100}}", False),
    ("10^{10^{10}}", "10^{10^{11}}", False),
    (r"\sqrt{10^{700}}", "10^{350}", True),
    (r"\sum_{k=1}^{\infty}\frac{1}{2^k}", "1", True),
    (r"\arctan 2", r"\arctan 2^\circ", False),
]


@all_cases(("gold", "prediction", "is_equal"), LARGE)
def test_numbers_beyond_floats_differ_by_their_size(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
