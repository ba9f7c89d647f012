"""How formulas are read: operators that make another object, and what binds to what."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

OPERATORS = [
    ("A^{-1}", "A", False),
    ("|z|", "z", False),
    (r"\hat{x}", "x", False),
    (r"A\cup B", r"A\cap B", False),
    (r"A\subset B", r"B\subset A", False),
    (r"\exists x", r"\forall x", False),
    (r"x\in A", r"x\notin A", False),
    (r"a\mid b", r"b\mid a", False),
    (r"a\nmid b", r"a\mid b", False),
    ("f'(x)", "f(x)", False),
    ("f''(x)", "f'(x)", False),
    ("f^{-1}(x)", r"\frac{1}{f(x)}", False),
    (r"\max(a,b)", r"\min(a,b)", False),
    (r"\gcd(a,b)", r"\operatorname{lcm}(a,b)", False),
    (r"\sum_{k=1}^n k", r"\prod_{k=1}^n k", False),
    (r"\lim_{x\to 0^+} f", r"\lim_{x\to 0^-} f", False),
    (r"x\leq 5", "x<5", False),
    (r"x\le 5", r"x\leq 5", True),
    (r"x \geq 2", r"x\leq 2", False),
    (r"\cosh x", r"\cos x", False),
    (r"\log x", r"\log_2 x", False),
    (r"x\equiv 2\pmod 5", r"x\equiv 3\pmod 5", False),
    (r"x\equiv 2\pmod 5", r"x\equiv 7\pmod 5", True),
    (r"x\equiv -1 \pmod 4", r"x\equiv 3\pmod 4", True),
    (r"\beta", "b", False),
    (r"\theta", r"\phi", False),
    ("x_1", "x_2", False),
    ("x'", "x", False),
    (r"\mathbb{R}", r"\mathbb{Q}", False),
    (r"\mathbb{Z}^+", r"\mathbb{Z}", False),
    (r"\mathbb{N}", r"\mathbb{Z}", False),
    (r"\varnothing", r"\{0\}", False),
    (r"\emptyset", r"\varnothing", True),
    (r"\Omega(n)", "O(n)", False),
    (r"\iint f", r"\int f", False),
    (r"\int_0^1 x\,dx", r"\int_0^2 x\,dx", False),
    (r"p\leftrightarrow q", r"p\to q", False),
    (r"\binom{n}{k}", r"\binom{n}{k-1}", False),
    (r"\binom{n}{k}", r"\binom{n}{n-k}", True),
    ("P(n,k)", "C(n,k)", False),
    ("n!", "n!!", False),
    (r"\frac{dy}{dx}", r"\frac{dx}{dy}", False),
    (r"\triangle ABC", r"\angle ABC", False),
    (r"\log_2 x", r"\log_x 2", False),
    (r"AB \parallel CD", r"AB\perp CD", False),
    (r"a\cdot b", r"a\times b", True),
    (r"\nabla f", r"\Delta f", False),
    (r"\inf S", r"\min S", False),
    (r"\limsup a_n", r"\liminf a_n", False),
]


@all_cases(("gold", "prediction", "is_equal"), OPERATORS)
def test_another_operator_is_another_object(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal


PRECEDENCE = [
    ("2^{3^2}", "(2^3)^2", False),
    ("2^{3^2}", "512", True),
    (r"\frac{1}{2}x", r"\frac{1}{2x}", False),
    ("1/2x", r"\frac{x}{2}", True),
    (r"\sin x^2", r"\sin^2 x", False),
    (r"\sin 2x", r"2\sin x", False),
    (r"\sqrt{x}+1", r"\sqrt{x+1}", False),
    (r"\ln x^2", r"(\ln x)^2", False),
    (r"2\cdot 3+4", "2(3+4)", False),
    ("a/b/c", "a/(b/c)", False),
    ("a-(b-c)", "a-b-c", False),
    ("|x+1|", "|x|+1", False),
    ("e^{2x}", "e^2x", False),
    ("23", r"2\cdot 3", False),
    ("2^3", "23", False),
    (r"\frac{a+b}{c}", r"a+\frac{b}{c}", False),
    ("-3^2", "9", False),
    ("(-3)^2", "9", True),
]


@all_cases(("gold", "prediction", "is_equal"), PRECEDENCE)
def test_brackets_and_powers_bind(gold: str, prediction: str, is_equal: bool, compare: Compare) -> None:
    assert compare(gold, prediction).equal is is_equal
