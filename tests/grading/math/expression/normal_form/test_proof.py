"""Normal forms prove what is equal, and never anything else."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness.grading.math.expression.normal_form.proof import proves
from harness.grading.math.expression.points import sample_points
from harness.grading.math.expression.tree import (
    ExprNode,
    function,
    names_of,
    number,
    plus,
    power,
    quotient,
    symbol,
    times,
)
from harness.grading.math.parsing.normalize import clean
from harness.grading.math.parsing.parser import parse
from harness.grading.math.symbolic.high_precision import NoValue, TooManyDigits, differ
from tests.cases import all_cases

WHOLE = frozenset("nkm")


def prove(left: str, right: str) -> bool | None:
    return proves(parse(clean(left)), parse(clean(right)), WHOLE)


@all_cases(
    ("left", "right"),
    [
        # rational functions
        ("(x+y)^3", "x^3+3x^2y+3xy^2+y^3"),
        (r"\frac{1}{x-1}-\frac{1}{x+1}", r"\frac{2}{x^2-1}"),
        # roots of numbers, in any form
        (r"\frac{1}{\sqrt{3}-\sqrt{2}}", r"\sqrt{2}+\sqrt{3}"),
        (r"\sqrt[6]{27}", r"\sqrt{3}"),
        (r"(\sqrt{5}+2)^{60}(\sqrt{5}-2)^{60}", "1"),
        (r"\sqrt[3]{-16}", r"-2\sqrt[3]{2}"),
        (r"\sqrt{-12}", r"2i\sqrt{3}"),
        # powers
        ("6^n", r"2^n\cdot 3^n"),
        (r"\frac{9^{n+1}}{3^{n}}", r"9\cdot 3^n"),
        ("(-1)^{3n+2}", "(-1)^n"),
        (r"e^{2x}-1", "(e^x-1)(e^x+1)"),
        ("x^{n+2}", r"x^2\cdot x^n"),
        # logarithms
        (r"\ln\frac{8x}{y}", r"3\ln 2+\ln x-\ln y"),
        (r"\log_8 x", r"\frac{\ln x}{3\ln 2}"),
        (r"\ln(e^{3x})", "3x"),
        # angles
        (r"\sin(a+b)", r"\sin a\cos b+\cos a\sin b"),
        (r"\cos 3t", r"4\cos^3 t-3\cos t"),
        (r"\tan^2 t+1", r"\sec^2 t"),
        (r"\sin\frac{\pi}{12}", r"\frac{\sqrt6-\sqrt2}{4}"),
        (r"\cos 36^\circ", r"\frac{1+\sqrt5}{4}"),
        (r"\sinh 2x", r"2\sinh x\cosh x"),
        # pieces
        (r"\max(a,b)+\min(a,b)", "a+b"),
        (r"\max(a,b)", r"\frac{a+b+|b-a|}{2}"),
        ("|3-6x|", "3|2x-1|"),
        ("|x|^2", "x^2"),
        (r"\lceil \frac{n}{2}\rceil", r"n-\lfloor\frac{n}{2}\rfloor"),
        (r"\lfloor \frac{7n+9}{3}\rfloor", r"2n+3+\lfloor \frac{n}{3}\rfloor"),
        # factorials
        ("(n+2)!", "(n+2)(n+1)n!"),
        (r"\binom{n}{3}", r"\frac{n(n-1)(n-2)}{6}"),
        (r"\binom{2n}{n}", r"\frac{(2n)!}{(n!)^2}"),
        ("(10^{50})!", r"(10^{50}-1)!\cdot 10^{50}"),
    ],
)
def test_an_identity_is_proved(left: str, right: str) -> None:
    assert prove(left, right) is True


@all_cases(
    ("left", "right"),
    [
        (r"\sqrt{7}", r"\sqrt{7}\left(1-\frac{1}{3^{4000}}\right)"),
        (r"(3+\sqrt8)^{500}+(3-\sqrt8)^{500}", r"(3+\sqrt8)^{500}"),
        (r"\frac{5\pi}{6}(1-10^{-400})", r"\frac{5\pi}{6}"),
        (r"\sqrt2+\sqrt[3]{2}", r"\sqrt2+\sqrt[3]{2}+10^{-900}"),
        (r"e^{1000}", r"e^{1000}+e^{-1000}"),
        ("10^{10^{100}}", "10^{10^{100}}+1"),
    ],
)
def test_constants_of_roots_and_pi_are_proved_different_however_close(left: str, right: str) -> None:
    assert prove(left, right) is False


@all_cases(
    ("left", "right"),
    [
        (r"\sqrt{x^2}", "x"),
        (r"\lfloor x+\frac12\rfloor", r"\lceil x-\frac12\rceil"),
        (r"\pi+e", r"\pi+e+10^{-900}(\pi-e)"),  # whether e and pi are independent is not known
        (r"\lfloor\frac n2\rfloor", r"\lfloor\frac n3\rfloor"),
        (r"(x+y+z+1)^{200}", "1"),  # too costly
        (r"\infty", "1"),
        (r"\frac{1}{x-x}", "1"),
    ],
)
def test_nothing_is_proved_of_what_differs_somewhere_or_is_no_value(left: str, right: str) -> None:
    assert prove(left, right) is None


LEAVES = st.one_of(
    st.integers(-4, 4).map(number), st.sampled_from("xyn").map(symbol), st.just(ExprNode("const", name="pi"))
)
FUNCTIONS = st.sampled_from(("sin", "cos", "tan", "abs", "log", "factorial", "sinh"))


def _grown(inner: st.SearchStrategy[ExprNode]) -> st.SearchStrategy[ExprNode]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: plus(*pair)),
        st.tuples(inner, inner).map(lambda pair: times(*pair)),
        st.tuples(inner, inner).map(lambda pair: quotient(*pair)),
        st.tuples(inner, st.integers(-2, 3).map(number)).map(lambda pair: power(*pair)),
        st.tuples(inner, st.sampled_from((2, 3))).map(
            lambda pair: power(pair[0], quotient(number(1), number(pair[1])))
        ),
        st.tuples(st.sampled_from((2, 3)).map(number), inner).map(lambda pair: power(*pair)),
        st.tuples(FUNCTIONS, inner).map(lambda pair: function(*pair)),
        st.tuples(st.sampled_from(("max", "min")), inner, inner).map(lambda parts: function(*parts)),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=5)


@pytest.mark.slow
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(left=TREES, right=TREES)
def test_what_is_proved_has_the_same_values(left: ExprNode, right: ExprNode) -> None:
    assume(proves(left, right, WHOLE) is True)
    for point in sample_points(names_of(left, right) | {"x"}):
        at = {name: Fraction(repr(value)) for name, value in point.items()} | {"n": Fraction(3)}  # n counts
        with contextlib.suppress(NoValue, TooManyDigits):
            assert not differ(left, right, at, digits=60, real=True, degree_is_one=False)
