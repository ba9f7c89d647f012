"""The symbolic stage, run as a child process by worker: sympy, and the LaTeX grammar of math-verify.

Reads one JSON request a line, writes one JSON answer a line. Formulas arrive as trees of known operations and are built
with sympy's constructors; text reaches only the LaTeX grammar, never sympify or parse_expr. Imported by nobody: sympy
is this module's alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from types import FrameType

import sympy
from latex2sympy2_extended import NormalizationConfig, latex2sympy
from sympy.core.function import AppliedUndef

from harness.grading.math.expression.floats import UNKNOWN
from harness.grading.math.expression.json_form import node_from
from harness.grading.math.expression.points import constants_of, sample_points, telling_points
from harness.grading.math.expression.tree import SERIES, ExprNode, names_of
from harness.grading.math.symbolic.high_precision import NoValue, TooManyDigits, differ, digits_needed
from harness.grading.math.symbolic.prover import LIMIT

DIGITS = 60
"""Of the values that are compared; the last 20 are left to rounding errors."""
MAX_POINTS = 40
ENOUGH_POINTS = 3
"""Formulas in variables that share fewer points with values are not called equal."""
SYMBOLIC_STEP_S = 0.3
"""CPU time for a rewriting that may prove equality; without it the values decide, so no verdict depends on it."""
MEMORY_BYTES = 3 * 1024**3
_LATEX = NormalizationConfig(basic_latex=True, units=False, malformed_operators=True)


class StepTimeout(BaseException):
    """A symbolic step took more CPU time than it may; no library catches this."""


_FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
    "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh,
    "arccot": lambda x: sympy.pi / 2 - sympy.atan(x), "tanh": sympy.tanh, "asinh": sympy.asinh, "acosh": sympy.acosh,
    "atanh": sympy.atanh, "log": sympy.log, "abs": sympy.Abs, "floor": sympy.floor, "ceil": sympy.ceiling,
    "min": sympy.Min, "max": sympy.Max, "sgn": sympy.sign, "gcd": sympy.gcd, "lcm": sympy.lcm, "group": lambda x: x,
    "mod": sympy.Mod, "double_factorial": sympy.factorial2, "factorial": lambda x: sympy.gamma(x + 1),
    "binom": lambda n, k: sympy.gamma(n + 1) / sympy.gamma(k + 1) / sympy.gamma(n - k + 1),
}  # fmt: skip


def build(node: ExprNode, degree: sympy.Expr) -> sympy.Expr:
    """The sympy expression of a tree, variables real; `degree` is what the sign of a degree stands for."""
    match node.op:
        case "num":
            return sympy.Rational(node.value.numerator, node.value.denominator)
        case "sym":
            # Real and not positive: with positive=True sqrt(x^2) would simplify to x, and a missing absolute value go
            # unseen.
            return sympy.Symbol(node.name, real=True)
        case "const":
            return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo, "deg": degree}[node.name]
    args = [build(argument, degree) for argument in node.args]
    if node.name in SERIES and node.op == "fn":
        series = sympy.Sum if node.name == "sum" else sympy.Product
        return series(args[0], (args[1], args[2], args[3])).doit()
    match node.op:
        case "add":
            return sympy.Add(*args)
        case "mul":
            return sympy.Mul(*args)
        case "pow":
            return args[0] ** args[1]
    if node.name == "root":
        return args[0] ** (1 / args[1])
    if node.name.startswith(UNKNOWN):
        return sympy.Function(node.name)(*args)
    return _FUNCTIONS[node.name](*args)


def prove(left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> tuple[bool | None, str]:
    """Whether both are the same function: values with many digits refute, symbols prove, else the values decide."""
    try:
        if names_of(left, right):
            agreed = _agreeing_points(left, right, degree_is_one=degree_is_one)
            said = f"agrees at {agreed} points to {DIGITS - 20} digits"
        else:
            digits = digits_needed(left, right)
            agreed = _agreeing_constants(left, right, digits, degree_is_one=degree_is_one)
            said = f"agrees to {digits - 20} digits"
    except TooManyDigits:
        if _differ_early(left, right, degree_is_one=degree_is_one):
            return False, "different values"
        return None, f"{LIMIT}: numbers too large to compare"
    if agreed is None:
        return False, "different values"
    if agreed == 0 and not names_of(left, right):
        return False, "no value to compare"  # such as a division by zero
    degree = sympy.Integer(1) if degree_is_one else sympy.pi / 180
    step = with_time_limit(SYMBOLIC_STEP_S, lambda: zero_step(build(left, degree) - build(right, degree)))
    if step is not None:
        return True, f"proved: {step}"
    if agreed >= (ENOUGH_POINTS if names_of(left, right) else 1):
        return True, said
    return None, f"no more than {agreed} points where both have a value"


def _differ_early(left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> bool:
    """Whether two constants differ within the digits of a quick look, however many a proof of equality would need."""
    with contextlib.suppress(NoValue, TooManyDigits):
        return not names_of(left, right) and differ(left, right, {}, digits=400, real=True, degree_is_one=degree_is_one)
    return False


def _agreeing_constants(left: ExprNode, right: ExprNode, digits: int, *, degree_is_one: bool) -> int | None:
    """1 where two constants agree to all digits, None where they differ, 0 where one has no value."""
    for real in (True, False):
        with contextlib.suppress(NoValue):
            is_other = differ(left, right, {}, digits=digits, real=real, degree_is_one=degree_is_one)
            return None if is_other else 1
    return 0


def _agreeing_points(left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> int | None:
    """At how many points, near and far, both have a value and agree; None where they differ at one.

    Where neither is real anywhere, complex values are compared.
    """
    for real in (True, False):
        agreed = 0
        for point in _points(left, right):
            try:
                if differ(left, right, point, digits=DIGITS, real=real, degree_is_one=degree_is_one):
                    return None
            except (NoValue, TooManyDigits):
                continue
            agreed += 1
        if agreed:
            return agreed
    return 0


def _points(left: ExprNode, right: ExprNode) -> Iterator[dict[str, Fraction]]:
    names = names_of(left, right)
    for point in sample_points(names):
        yield {name: Fraction(repr(value)) for name, value in point.items()}
    telling = list(telling_points(names, frozenset(), constants_of(left, right)))
    # spread over the list, whose first points lie close together
    yield from telling[:: max(1, len(telling) // MAX_POINTS)]


def zero_step(difference: sympy.Expr) -> str | None:
    """The name of the first rewriting that turns the difference into zero, or None."""
    steps: tuple[tuple[str, Callable[[sympy.Expr], sympy.Expr]], ...] = (
        ("the difference is zero", lambda expression: expression),
        ("the difference expands to zero", sympy.expand),
        ("the difference simplifies to zero", sympy.radsimp if not difference.free_symbols else sympy.simplify),
    )
    for name, rewrite in steps:
        # sympy.simplify may run for minutes on large expressions; values decide these.
        if rewrite is sympy.simplify and sympy.count_ops(difference) > 25:
            return None
        if rewrite(difference) == 0:
            return name
    return None


def with_time_limit(seconds: float, work: Callable[[], str | None]) -> str | None:
    """The result of the work, or None if it takes more CPU time or sympy gives up on it."""

    def on_timer(_signal: int, _frame: FrameType | None) -> None:
        raise StepTimeout

    # CPU time and not elapsed time (setitimer(2), ITIMER_PROF): on a busy machine a proof must not fail for want of a
    # turn.
    previous = signal.signal(signal.SIGPROF, on_timer)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return work()
    except (StepTimeout, *SYMPY_GIVES_UP):
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


SYMPY_GIVES_UP = (
    ValueError, TypeError, ArithmeticError, AttributeError, NotImplementedError, RecursionError, KeyError,
    IndexError, AssertionError,
)  # fmt: skip
"""What sympy and the LaTeX grammar raise on input they do not handle."""


def prove_latex(gold: str, prediction: str) -> tuple[bool | None, str]:
    """The same for LaTeX text with sums, integrals or limits; text the grammar rejects is not comparable."""
    left, right = read_latex(gold), read_latex(prediction)
    if left is None or right is None:
        return False, "not comparable as formulas"
    difference = left - right
    if with_time_limit(2 * SYMBOLIC_STEP_S, lambda: zero_step(difference.doit())) is not None:
        return True, "proved: the difference simplifies to zero (second parser)"
    if difference.has(AppliedUndef):
        return _differs_for_a_function(difference)
    return _zero_at_points(difference)


def _differs_for_a_function(difference: sympy.Expr) -> tuple[bool | None, str]:
    """Formulas with an unknown f must be equal for every f: one f can tell them apart, and none shows them equal."""
    functions = sorted({one.func for one in difference.atoms(AppliedUndef)}, key=str)
    example = difference
    for place, function in enumerate(functions, start=2):
        example = example.replace(
            function, lambda *given, k=place: sum((x**2 + k * x + 1 for x in given), sympy.S.Zero)
        )
    value = sympy.expand(example.doit())
    if value.is_number and value.is_finite and value != 0:
        return False, "different values for an example of the unknown function (second parser)"
    return None, "formulas with an unknown function"


def _zero_at_points(difference: sympy.Expr) -> tuple[bool | None, str]:
    # Functions in steps agree at most points by chance; floats near zero are no evidence for them.
    if difference.has(sympy.floor, sympy.ceiling):
        return False, "not comparable as formulas"
    agreed = 0
    variables = sorted(difference.free_symbols, key=str)
    for point in sample_points(frozenset(map(str, variables)))[:6]:
        try:
            value = sympy.N(difference.subs({variable: point[str(variable)] for variable in variables}), 30)
        except SYMPY_GIVES_UP:
            continue
        if not value.is_number or value.has(sympy.nan, sympy.zoo, sympy.oo):
            continue
        if abs(value) > sympy.Float("1e-12"):
            return False, "different values (second parser)"
        agreed += 1
        if not variables:
            return True, "agrees to 12 digits (second parser)"
    if agreed >= ENOUGH_POINTS:
        return True, f"agrees at {agreed} points (second parser)"
    return False, "not comparable as formulas"


def read_latex(text: str) -> sympy.Expr | None:
    """The expression of LaTeX text; None if the grammar rejects it or reads something else than an expression."""
    # the grammar of latex2sympy2_extended 1.11 reports a syntax error as a bare Exception
    with contextlib.suppress(Exception):
        built = latex2sympy(text, normalization_config=_LATEX)
        return built if isinstance(built, sympy.Expr) else None
    return None


def answer(request: dict[str, object]) -> dict[str, object]:
    """The decision on one request."""
    if request["kind"] == "nodes":
        equal, rule = prove(
            node_from(request["left"]), node_from(request["right"]), degree_is_one=request["degree_is_one"] is True
        )
    else:
        try:
            equal, rule = prove_latex(str(request["gold"]), str(request["prediction"]))
        except SYMPY_GIVES_UP:  # such as an integral of no expression, whose truth value sympy refuses
            equal, rule = None, "the symbolic stage gave up"  # our failure, so no decision: never "wrong"
    return {"equal": equal, "rule": rule}


def serve(lines: Iterable[str], out: int) -> None:
    """Answer requests until the input ends; what sympy cannot handle is undecided.

    The limit is a timer of this process's CPU time whose signal ends the process: no library can catch it.
    """
    # Python's handlers run between two bytecodes only: one long multiplication in C would outlast the limit.
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    for line in lines:
        request = json.loads(line)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, max(float(request["limit_s"]), 1e-6))
        try:
            decision = answer(request)
        except MemoryError:
            decision = {"equal": None, "rule": f"{LIMIT}: {MEMORY_BYTES >> 30} GiB of memory"}
        except SYMPY_GIVES_UP as error:
            decision = {"equal": None, "rule": f"the symbolic stage gave up: {type(error).__name__}"}
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        # The parent subtracts it from the pair's budget: one pair may ask several times.
        decision["cpu_s"] = time.process_time() - started
        os.write(out, (json.dumps(decision) + "\n").encode())


def main() -> None:
    """Serve on standard input; whatever a library prints goes to standard error."""
    # 9^(9^9) and its like: Python would take memory until the machine kills something else.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when an interrupted run ends
    # A print of a library, or of its C code, would stand between two answers on the pipe.
    out = os.dup(1)
    os.dup2(2, 1)
    # the first parse builds the grammar's tables: paid before the first pair
    read_latex("1+x")
    os.write(out, b'{"ready": true}\n')
    serve(sys.stdin, out)


if __name__ == "__main__":
    main()
