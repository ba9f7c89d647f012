"""Proof of equality by normal forms.

Equal normal forms prove equality where both sides are defined. Different ones refute it where all atoms are variables,
roots of rational numbers, `i` and `π`: those satisfy no equation but their own.
"""

from __future__ import annotations

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge
from harness.grading.math.expression.normal_form.forms import NoNormalForm, NormalForms
from harness.grading.math.expression.normal_form.functions import operation
from harness.grading.math.expression.polynomials import TooCostly
from harness.grading.math.expression.tree import ExprNode

_NO_PROOF = (
    NoNormalForm, TooCostly, UndefinedValue, ValueTooLarge, ZeroDivisionError, OverflowError, RecursionError,
)  # fmt: skip


def proves(left: ExprNode, right: ExprNode, whole: frozenset[str], *, degree_is_one: bool = False) -> bool | None:
    """True where the formulas are proved equal, False where they are proved different, None otherwise.

    `whole`: the variables that stand for whole numbers. `degree_is_one`: a degree sign counts as no factor.
    """
    forms = NormalForms(operation, whole, degree_is_one=degree_is_one)
    try:
        a, b = forms.of(left), forms.of(right)
        ring = forms.ring
        difference = ring.add(ring.multiply(a.top, b.bottom), ring.scale(ring.multiply(b.top, a.bottom), -1))
    except _NO_PROOF:
        return None
    if not difference:
        return True
    return False if forms.is_decisive or forms.is_never_zero(difference) else None
