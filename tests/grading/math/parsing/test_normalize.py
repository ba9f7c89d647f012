"""Notation: scientific numbers, mixed numbers, bases, binomials, vectors."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

SCIENTIFIC = [
    ("0.00032", r"3.2\times10^{-4}", True),
    ("0.00032", "3.2e-4", True),
    ("0.00032", "3.2E-04", True),
    ("0.00032", r"3.2\times10^{-5}", False),
    (r"3.2\times10^4", "32000", True),
    (r"3.2\times10^4", r"3.2\times10^5", False),
    (r"3.2\times10^4", "3.2e4", True),
    ("3.2", "3.2e0", True),
    ("32000", "32k", False),
    ("3.2×10^4", "3.2*10**4", True),
    ("1e3", "1000", True),
    ("2e", "2e", True),
    ("2e^3", "2000", False),
    ("6.02×10²³", r"6.02\times10^{23}", True),
    ("0.5e1", "5", True),
    (r"1.2\cdot10^3", r"1.2\times 10^{3}", True),
    ("10^{-3}", "0.001", True),
    ("1,200,000", "1.2 million", True),
    ("1200", "1.2 thousand", True),
    ("1234567", "1.234.567", True),
    ("1234567", "1'234'567", True),
    ("1234567", "1_234_567", True),
    ("1234", "1.234", False),
    (r"2\frac12", "2.5", True),
    (r"2\frac12", r"\frac52", True),
    (r"2\frac12", "1", False),
    (r"-2\frac12", "-2.5", True),
    (r"-2\frac12", "-1.5", False),
    ("2 1/2", "2.5", True),
    ("2 1/2", "21/2", False),
    (r"3\tfrac{3}{4}\text{ cups}", "3.75", True),
    (r"2\frac{x}{3}", r"\frac{2x}{3}", True),
    (r"1\frac13", r"\frac13", False),
    (r"12\frac12\%", "0.125", True),
]


@all_cases(("gold", "prediction", "is_equal"), SCIENTIFIC)
def test_scientific_and_mixed_numbers_are_read(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


BASES = [
    ("Write in base 2.", "101_2", "101", True),
    (None, "101_2", "5", True),
    (None, "101_2", "101_3", False),
    (None, "101_{10}", "101", True),
    (None, "FF_{16}", "255", True),
    (None, "FF_{16}", "FE_{16}", False),
    (None, r"\text{2B}_{16}", "43", True),
    ("Express in base 5.", "23_5", "23", True),
    ("Express in base 5.", "23_5", "23_6", False),
    ("Express in base 5.", "23_5", "32", False),
    ("Find the sum in base ten.", "13", "23_5", True),
    (None, "255", "0xFF", True),
    (None, "0", "0xFF", False),
    (None, "1011_2", "0b1011", True),
]


@all_cases(("question", "gold", "prediction", "is_equal"), BASES)
def test_numerals_have_the_value_of_their_base(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal


OBJECTS = [
    (r"\binom{10}{3}", "120", True),
    (r"\binom{10}{3}", "121", False),
    ("C_{10}^3", "120", True),
    (r"{10 \choose 3}", "120", True),
    ("_{10}C_3", "120", True),
    ("A_{10}^3", "720", True),
    (r"\binom{2n}{n}", r"\frac{(2n)!}{(n!)^2}", True),
    (r"\binom{2n}{n}", r"\frac{(2n)!}{n!}", False),
    (r"\binom{n+1}{2}", r"\frac{n(n+1)}{2}", True),
    (r"\binom{n+1}{2}", r"\frac{n(n-1)}{2}", False),
    (r"\binom{n}{2}+n", r"\binom{n+1}{2}", True),
    (r"\binom{200}{100}", r"\binom{200}{99}", False),
    (r"\dbinom{7}{2}", "21", True),
    (r"\sum_{k=0}^n\binom nk", "2^n", True),
    (r"\sum_{k=0}^n\binom nk", "2^n-1", False),
    (r"\binom{2025}{2}", "2049300", True),
    (r"\binom{2025}{2}", "2049301", False),
    (r"\begin{pmatrix}3\\4\end{pmatrix}", r"3\hat{i}+4\hat{j}", True),
    (r"\begin{pmatrix}3\\4\end{pmatrix}", r"4\hat{i}+3\hat{j}", False),
    (r"\begin{pmatrix}3\\0\\4\end{pmatrix}", r"3\mathbf{i}+4\mathbf{k}", True),
    (r"3\vec{i}-2\vec{j}", "(3,-2)", True),
    (r"3\vec{i}-2\vec{j}", "(-2,3)", False),
    ("3+4i", "(3,4)", False),
    (r"2\operatorname{cis}60^\circ", r"2\operatorname{cis}300^\circ", False),
    (r"2e^{i\pi/3}", r"1+i\sqrt3", True),
    (r"2e^{i\pi/3}", r"2e^{-i\pi/3}", False),
    (r"e^{i\pi}", "-1", True),
    (r"e^{2\pi i/3}", r"e^{4\pi i/3}", False),
    (r"4(\cos 30^\circ+i\sin 30^\circ)", r"4(\sin 30^\circ+i\cos30^\circ)", False),
]


@all_cases(("gold", "prediction", "is_equal"), OBJECTS)
def test_binomials_vectors_and_polar_forms_are_values(
    gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction).equal is is_equal
