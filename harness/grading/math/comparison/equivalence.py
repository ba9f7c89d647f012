"""Whether two formulas are the same function, by steps from cheap to costly.

Values refute; a normal form, residue classes, intervals or sympy prove; where nothing proves, the values decide and the
rule says at how many points they agree. Functions in pieces (floor, absolute value, maximum, greatest common divisor)
may differ at one number in a thousand, so they are compared exactly at telling points, never at random floats alone.
Where one side is not real, a point says nothing.
"""

from __future__ import annotations

import math

from harness.grading.math.comparison.degree_readings import INVERSE_ANGLES, degree_readings
from harness.grading.math.comparison.point_evidence import (
    AGREES,
    REFUTES,
    float_evidence,
    has_other_domain,
    telling_evidence,
)
from harness.grading.math.expression.exact import (
    UndefinedValue,
    ValueTooLarge,
    exact,
    exact_at,
)
from harness.grading.math.expression.floats import DEGREE, approximate
from harness.grading.math.expression.normal_form.proof import proves
from harness.grading.math.expression.piecewise import agree_on_all_pieces
from harness.grading.math.expression.points import rational_points
from harness.grading.math.expression.tree import (
    MINUS_ONE,
    PLUS_MINUS,
    ExprNode,
    key,
    names_of,
    number,
    substitute,
)
from harness.grading.math.expression.whole_numbers import agree_on_all_classes
from harness.grading.math.symbolic.prover import UNEQUAL, FormulaEquivalence, Prover

ENOUGH_POINTS = 8
"""Points at which functions in pieces must both have a value before agreement counts."""
# Random floats almost never hit the place where these jump: floor(x) and x - 1/2 differ by less than 1/2 everywhere.
_PIECES = frozenset((
    "floor", "ceil", "abs", "min", "max", "sgn", "mod", "gcd", "lcm", "factorial", "binom", "double_factorial",
    "sum", "prod",
))  # fmt: skip


def are_equivalent(left: ExprNode, right: ExprNode, prover: Prover) -> FormulaEquivalence:
    """Whether two formulas without `±` are the same function of their variables."""
    if key(left) == key(right):
        return FormulaEquivalence(equal=True, rule="proved: same formula")
    sign_left, sign_right = infinite_sign(left), infinite_sign(right)
    # Before any arithmetic: inf - inf and 0 * inf would be undefined and say nothing.
    if sign_left or sign_right:
        return FormulaEquivalence(equal=True, rule="infinity") if sign_left == sign_right else UNEQUAL
    answer = UNEQUAL
    # `90^\circ` is an angle of pi/2 or the number 90, as the gold means it; one reading that is equal suffices.
    for degree in degree_readings(left, right, prover.hints):
        answer = _same_function(left, right, degree, prover)
        if answer.equal is not False:
            break
    return answer


def infinite_sign(node: ExprNode) -> int:
    """1 for infinity, -1 for minus infinity, 0 for anything else."""
    if node.op == "const" and node.name == "inf":
        return 1
    if node.op == "mul" and len(node.args) == 2 and node.args[0] == MINUS_ONE:
        return -infinite_sign(node.args[1])
    return 0


# The steps


def _same_function(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence:
    names = names_of(left, right)
    if not names:
        return _same_constant(left, right, degree, prover)
    # Rational functions are compared in fractions: no rounding, so one differing point refutes for certain.
    if _is_rational(left) and _is_rational(right):
        return _same_rational(left, right, names, prover)
    whole = names & (prover.hints.whole | _divided_names(left) | _divided_names(right))
    if whole == names:
        return _same_at_whole_numbers(left, right, degree, prover)
    if _is_in_pieces(left) or _is_in_pieces(right):
        return _same_in_pieces(left, right, whole, degree, prover)
    return _same_analytic(left, right, degree, prover)


def _proof(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence | None:
    """The decision of the normal form: proved equal, or for constants proved different; None for neither."""
    proved = proves(left, right, prover.hints.whole, degree_is_one=degree == 1.0)
    if proved is None:
        return None
    return FormulaEquivalence(equal=True, rule="proved: same normal form") if proved else UNEQUAL


def _divided_names(node: ExprNode) -> frozenset[str]:
    """The variables that have common divisors or multiples, and so are whole numbers."""
    if node.op == "fn" and node.name in ("gcd", "lcm"):
        return names_of(node)
    return frozenset().union(*(_divided_names(argument) for argument in node.args))


def _is_rational(node: ExprNode) -> bool:
    """Whether a formula is made of numbers, variables, sums, products and whole powers."""
    if node.op in ("num", "sym"):
        return True
    if node.op == "pow":
        exponent = node.args[1]
        return exponent.op == "num" and exponent.value.denominator == 1 and _is_rational(node.args[0])
    return (node.op in ("add", "mul") or node.name == "group") and all(map(_is_rational, node.args))


def _is_in_pieces(node: ExprNode) -> bool:
    """Whether a formula may be another function elsewhere; an even root of a square is an absolute value."""
    if node.op == "fn" and node.name in _PIECES | INVERSE_ANGLES:
        return True
    if node.op == "pow" and node.args[1].op == "num" and node.args[1].value.denominator % 2 == 0:
        # sqrt(x^2) is |x| and no x; of a bare variable, sqrt(x), the domain itself says x >= 0.
        base = node.args[0]
        return base.op != "sym" and bool(names_of(base))
    return any(map(_is_in_pieces, node.args))


def _same_rational(left: ExprNode, right: ExprNode, names: frozenset[str], prover: Prover) -> FormulaEquivalence:
    agreed = 0
    for point in rational_points(names):
        try:
            if exact_at(left, point) != exact_at(right, point):
                return UNEQUAL
        # A pole of one side says nothing: `(x^2-1)/(x-1)` against `x+1` is accepted as the same function.
        except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
            continue
        agreed += 1
    proved = _proof(left, right, DEGREE, prover)
    if proved is not None:
        return proved
    if agreed:
        return FormulaEquivalence(equal=True, rule=f"agrees at {agreed} points as a rational function")
    return _same_analytic(left, right, DEGREE, prover)


def _same_at_whole_numbers(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence:
    """Formulas whose variables all count: they need to agree at whole numbers only, but at all of them."""
    is_in_pieces = _is_in_pieces(left) or _is_in_pieces(right)
    # (-1)^n and cos(pi n) agree at whole numbers only: a difference at other reals must not refute here.
    if not is_in_pieces:
        seen = float_evidence(left, right, degree)
        if seen.compared and not seen.refuted:
            return _proof(left, right, degree, prover) or prover.prove(left, right, degree_is_one=degree == 1.0)
    seen = telling_evidence(left, right, names_of(left, right), degree, prover)
    if seen.decision is not None:
        return seen.decision
    proved = _proof(left, right, degree, prover)
    if proved is not None:
        return proved
    if (period := agree_on_all_classes(left, right)) is not None:
        return FormulaEquivalence(equal=True, rule=f"proved: equal on all residue classes modulo {period}")
    if seen.compared < ENOUGH_POINTS:
        return FormulaEquivalence(equal=False, rule="no common domain")
    return FormulaEquivalence(equal=True, rule=f"agrees at {seen.compared} whole numbers")


def _same_in_pieces(
    left: ExprNode, right: ExprNode, whole: frozenset[str], degree: float, prover: Prover
) -> FormulaEquivalence:
    seen = telling_evidence(left, right, whole, degree, prover)
    if seen.decision is not None:
        return seen.decision
    proved = _proof(left, right, degree, prover)
    if proved is not None:
        return proved
    if (pieces := agree_on_all_pieces(left, right, prover.hints.whole)) is not None:
        return FormulaEquivalence(equal=True, rule=f"proved: equal on all {pieces} intervals")
    if seen.compared < ENOUGH_POINTS:
        return _same_analytic(left, right, degree, prover)
    return FormulaEquivalence(equal=True, rule=f"agrees at {seen.compared} points near and far")


def _same_analytic(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence:
    seen = float_evidence(left, right, degree)
    if seen.refuted:
        return UNEQUAL
    if seen.compared == 0:
        return FormulaEquivalence(equal=False, rule="no common domain")
    # ln(x^2) and 2 ln(x) agree at every point where both are real, and the first is defined for x < 0 too.
    if has_other_domain(left, right, prover.hints.whole):
        return FormulaEquivalence(
            equal=False, rule="the logarithm of an even power has a value where the other has none"
        )
    return _proof(left, right, degree, prover) or prover.prove(left, right, degree_is_one=degree == 1.0)


# Constants


def _same_constant(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence:
    a, b = exact(left), exact(right)
    if a is not None and b is not None:
        return FormulaEquivalence(equal=True, rule="proved: equal exactly") if a == b else UNEQUAL
    x, y = (_complex_value(node, degree) for node in (left, right))
    if (
        x is not None
        and y is not None
        # Relative to the largest term and not to the value: in 10^8 + sqrt(2) - 10^8 most digits of a float are lost.
        and abs(x - y) > REFUTES * max(abs(x), abs(y), _cancelled(left), _cancelled(right))
    ):
        return UNEQUAL
    proved = _proof(left, right, degree, prover)
    if proved is not None:
        return proved
    decision = prover.prove(left, right, degree_is_one=degree == 1.0)
    # 2^(2^100) has no float and no decimal expansion that could be computed.
    if decision.equal is None and (x is None or y is None):
        return _same_size(left, right, prover, decision)
    return decision


def _complex_value(node: ExprNode, degree: float) -> complex | None:
    # Real first: the complex principal value of (-8)^(1/3) is 1 + 1.73i, where a textbook means -2.
    for real in (True, False):
        try:
            return approximate(node, {}, real=real, degree=degree)
        except (UndefinedValue, ValueTooLarge):
            continue
    return None


def _cancelled(node: ExprNode) -> float:
    """The size of the largest term of a sum, in units of a float's last digits: below it a float says nothing."""
    own = [_cancelled(argument) for argument in node.args]
    if node.op == "add":
        own += [abs(value) * 1e-8 for argument in node.args if (value := _complex_value(argument, DEGREE)) is not None]
    return max(own, default=0.0)


def numeric_value(node: ExprNode) -> float | None:
    """The real value of a formula without variables, as a float; None where there is none."""
    try:
        return approximate(node, {}, real=True).real
    except (UndefinedValue, ValueTooLarge):
        return None


def _same_size(left: ExprNode, right: ExprNode, prover: Prover, undecided: FormulaEquivalence) -> FormulaEquivalence:
    """For constants too large for any number of digits: logarithms refute, and towers go by their exponents."""
    a, b = _logarithm(left), _logarithm(right)
    if a is None and b is None:
        return _same_tower(left, right, prover, undecided)
    if a is None or b is None:
        is_tower = _is_tower(left) or _is_tower(right)
        return FormulaEquivalence(equal=False, rule="different order of magnitude") if is_tower else undecided
    if abs(a - b) > AGREES * max(abs(a), abs(b), 1.0):
        return FormulaEquivalence(equal=False, rule="different order of magnitude")
    return undecided


def _is_tower(node: ExprNode) -> bool:
    return node.op == "pow" and _logarithm(node) is None


def _same_tower(left: ExprNode, right: ExprNode, prover: Prover, undecided: FormulaEquivalence) -> FormulaEquivalence:
    """Two powers of one base whose exponents have no float: the exponents decide."""
    if not (_is_tower(left) and _is_tower(right)):
        return UNEQUAL if _is_tower(left) != _is_tower(right) else undecided
    base_left, base_right = exact(left.args[0]), exact(right.args[0])
    if base_left is not None and base_left == base_right and base_left > 1:
        return are_equivalent(left.args[1], right.args[1], prover)
    return undecided


def _logarithm(node: ExprNode) -> float | None:
    """ln of the absolute value; None where it is undefined or itself too large."""
    value = exact(node)
    if value is not None:
        return math.log(abs(value.numerator)) - math.log(value.denominator) if value else None
    match node.op:
        case "mul":
            parts = [_logarithm(argument) for argument in node.args]
            known = [part for part in parts if part is not None]
            return math.fsum(known) if len(known) == len(parts) else None
        case "pow":
            base, exponent = _logarithm(node.args[0]), numeric_value(node.args[1])
            return None if base is None or exponent is None else _finite(base * exponent)
        case "fn" if node.name == "factorial":
            n = numeric_value(node.args[0])
            return _finite(math.lgamma(n + 1)) if n is not None and 0 <= n < 1e300 else None
        case _:
            plain = numeric_value(node)
            return math.log(abs(plain)) if plain else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def signs_of(node: ExprNode) -> tuple[ExprNode, ...]:
    """The formula itself, or its two values where it holds `±`, upper sign first."""
    if PLUS_MINUS not in names_of(node):
        return (node,)
    return tuple(substitute(node, {PLUS_MINUS: number(sign)}) for sign in (1, -1))
