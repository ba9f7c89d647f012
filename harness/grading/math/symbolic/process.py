"""The symbolic judge, run as a child process by worker: sympy, and math-verify's LaTeX parser for what ours lacks.

Reads one JSON request a line, writes one JSON ruling a line. Formulas arrive as trees of known operations and are built
with sympy's constructors; text reaches only the LaTeX grammar, never sympify or parse_expr. Imported by nobody: sympy
is this module's alone. Not here: time limits (worker kills this process; the alarm below only ends a step early).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from types import FrameType

import sympy
from latex2sympy2_extended import NormalizationConfig, latex2sympy

from harness.grading.math.expression.evaluate import names_of, sample_points
from harness.grading.math.expression.json_form import node_from
from harness.grading.math.expression.tree import ExprNode

DIGITS = 50
MORE_DIGITS = 400
SYMBOLIC_STEP_S = 0.3
MEMORY_BYTES = 3 * 1024**3
_LATEX = NormalizationConfig(basic_latex=True, units=False, malformed_operators=True)
_TOLERANCE = sympy.Float(10) ** (-35)


class StepTimeout(Exception):
    """A symbolic step took longer than it may; the evidence so far decides."""


class NoValue(Exception):
    """Not defined, or not real, at this point."""


_FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec, "csc": sympy.csc,
    "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh,
    "arccot": lambda x: sympy.pi / 2 - sympy.atan(x), "tanh": sympy.tanh, "asinh": sympy.asinh, "acosh": sympy.acosh,
    "atanh": sympy.atanh, "log": sympy.log, "abs": sympy.Abs, "floor": sympy.floor, "ceil": sympy.ceiling,
    "min": sympy.Min, "max": sympy.Max, "sgn": sympy.sign, "gcd": sympy.gcd, "lcm": sympy.lcm, "group": lambda x: x,
    "factorial": lambda x: sympy.gamma(x + 1),
    "binom": lambda n, k: sympy.gamma(n + 1) / sympy.gamma(k + 1) / sympy.gamma(n - k + 1),
}  # fmt: skip


class SympyBuilder:
    """Builds a sympy expression from a tree, with variables left in or replaced by values of 50 digits."""

    def __init__(
        self, *, degree: sympy.Expr, point: dict[str, sympy.Expr] | None, real: bool, digits: int = DIGITS
    ) -> None:
        self.degree = degree
        self.point = point
        self.real = real
        self.digits = digits

    def build(self, node: ExprNode) -> sympy.Expr:
        """The expression; at a point every step must have a value, and with `real` a real one."""
        built = self._build(node)
        if self.point is None:
            return built
        value = sympy.N(built, self.digits + 15)
        if value.has(sympy.nan, sympy.zoo, sympy.oo) or not value.is_number:
            raise NoValue
        if self.real and abs(sympy.im(value)) > _TOLERANCE * (1 + abs(value)):
            raise NoValue
        return sympy.re(value) if self.real else value

    def _build(self, node: ExprNode) -> sympy.Expr:
        match node.op:
            case "num":
                return sympy.Rational(node.value.numerator, node.value.denominator)
            case "sym":
                return sympy.Symbol(node.name, real=True) if self.point is None else self.point[node.name]
            case "const":
                return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo, "deg": self.degree}[node.name]
        args = [self.build(argument) for argument in node.args]
        match node.op:
            case "add":
                return sympy.Add(*args)
            case "mul":
                return sympy.Mul(*args)
            case "pow":
                return self._power(args[0], args[1], node.args[1])
            case _:
                return self._root(*args) if node.name == "root" else _FUNCTIONS[node.name](*args)

    def _power(self, base: sympy.Expr, exponent: sympy.Expr, tree: ExprNode) -> sympy.Expr:
        is_odd_root = tree.op == "num" and tree.value.denominator % 2 and tree.value.denominator > 1
        if is_odd_root and self.point is not None and base.is_negative:
            size = (-base) ** exponent
            return -size if tree.value.numerator % 2 else size
        if self.point is not None and tree.op == "num" and tree.value.denominator == 1:
            exponent = sympy.Integer(tree.value.numerator)
        return base**exponent

    def _root(self, value: sympy.Expr, degree: sympy.Expr) -> sympy.Expr:
        whole = sympy.nsimplify(degree, rational=True) if degree.is_number else degree
        if value.is_negative and whole.is_Integer and whole % 2:
            return -((-value) ** (1 / whole))
        return value ** (1 / whole)


def prove(left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> tuple[bool | None, str]:
    """Whether both are the same function: 50 digits at sample points refute; then symbols; then the digits decide."""
    degree = sympy.Integer(1) if degree_is_one else sympy.pi / 180
    names = names_of(left, right)
    agreed = 0
    for real in (True, False):
        for point in sample_points(names) if names else ({},):
            values = {name: sympy.Float(repr(value), DIGITS + 15) for name, value in point.items()}
            try:
                builder = SympyBuilder(degree=degree, point=values, real=real)
                a, b = builder.build(left), builder.build(right)
            except (NoValue, ZeroDivisionError, OverflowError):
                continue
            if abs(a - b) > _TOLERANCE * max(abs(a), abs(b), sympy.Float(10) ** -20):
                return False, f"different values ({DIGITS} digits)"
            agreed += 1
            if agreed >= 8:
                break
        if agreed:
            break
    plain = SympyBuilder(degree=degree, point=None, real=False)
    step = with_time_limit(SYMBOLIC_STEP_S, lambda: zero_step(plain.build(left) - plain.build(right)))
    if step is not None:
        return True, f"symbolic: {step}"
    if agreed and not names and _differs_far_behind(left, right, degree):
        return False, f"different values ({MORE_DIGITS} digits)"
    if agreed:
        return True, f"equal to {DIGITS} digits at {agreed} point{'s' if agreed > 1 else ''}"
    return None, "no point where both have a value"


def _differs_far_behind(left: ExprNode, right: ExprNode, degree: sympy.Expr) -> bool:
    """Whether two constants that no symbol proved equal differ in more digits."""
    try:
        builder = SympyBuilder(degree=degree, point={}, real=False, digits=MORE_DIGITS)
        a, b = builder.build(left), builder.build(right)
    except (NoValue, ZeroDivisionError, OverflowError):
        return False
    return bool(abs(a - b) > sympy.Float(10) ** (15 - MORE_DIGITS) * max(abs(a), abs(b)))


def zero_step(difference: sympy.Expr) -> str | None:
    """The name of the first rewriting that turns the difference into zero, or None."""
    steps: tuple[tuple[str, Callable[[sympy.Expr], sympy.Expr]], ...] = (
        ("difference is zero", lambda expression: expression),
        ("difference expands to zero", sympy.expand),
        ("difference simplifies to zero", sympy.radsimp if not difference.free_symbols else sympy.simplify),
    )
    for name, rewrite in steps:
        if name.startswith("difference simplifies") and sympy.count_ops(difference) > 25:
            return None
        if rewrite(difference) == 0:
            return name
    return None


def with_time_limit(seconds: float, work: Callable[[], str | None]) -> str | None:
    """The result of the work, or None if it takes longer or sympy gives up on it."""

    def on_alarm(_signal: int, _frame: FrameType | None) -> None:
        raise StepTimeout

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    except (StepTimeout, *SYMPY_GIVES_UP):
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


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
        return True, "symbolic, second parser"
    return _zero_at_points(difference)


def _zero_at_points(difference: sympy.Expr) -> tuple[bool | None, str]:
    if difference.has(sympy.floor, sympy.ceiling):
        return False, "not comparable as formulas"
    agreed = 0
    variables = sorted(difference.free_symbols, key=str)
    for point in sample_points(frozenset(map(str, variables)))[:3]:
        try:
            value = sympy.N(difference.subs({variable: point[str(variable)] for variable in variables}), 30)
        except SYMPY_GIVES_UP:
            continue
        if not value.is_number or value.has(sympy.nan, sympy.zoo, sympy.oo):
            continue
        if abs(value) > sympy.Float("1e-12"):
            return False, "different values, second parser"
        agreed += 1
    return (True, f"equal at {agreed} points, second parser") if agreed else (False, "not comparable as formulas")


def read_latex(text: str) -> sympy.Expr | None:
    """The expression of LaTeX text; None if the grammar rejects it or reads something else than an expression."""
    # the grammar of latex2sympy2_extended 1.11 reports a syntax error as a bare Exception
    with contextlib.suppress(Exception):
        built = latex2sympy(text, normalization_config=_LATEX)
        return built if isinstance(built, sympy.Expr) else None
    return None


def answer(request: dict[str, object]) -> dict[str, object]:
    """The ruling on one request."""
    if request["kind"] == "nodes":
        equal, rule = prove(
            node_from(request["left"]), node_from(request["right"]), degree_is_one=request["degree_is_one"] is True
        )
    else:
        try:
            equal, rule = prove_latex(str(request["gold"]), str(request["prediction"]))
        except SYMPY_GIVES_UP:  # such as an integral of no expression, whose truth value sympy refuses
            equal, rule = None, "the symbolic stage gave up"  # our failure, so no ruling: never "wrong"
    return {"equal": equal, "rule": rule}


def serve(lines: Iterable[str], out: int) -> None:
    """Answer requests until the input ends; what sympy cannot handle is undecided."""
    for line in lines:
        request = json.loads(line)
        # a backstop in the kernel, should the parent be gone: the default action of this signal ends the process
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_VIRTUAL, float(request["limit_s"]) + 1.0)
        try:
            ruling = answer(request)
        except (*SYMPY_GIVES_UP, MemoryError) as error:
            ruling = {"equal": None, "rule": f"the symbolic stage gave up: {type(error).__name__}"}
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        os.write(out, (json.dumps(ruling) + "\n").encode())


def main() -> None:
    """Serve on standard input; whatever a library prints goes to standard error."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when an interrupted run ends
    out = os.dup(1)
    os.dup2(2, 1)
    # the first parse builds the grammar's tables: paid before the first pair
    read_latex("1+x")
    os.write(out, b'{"ready": true}\n')
    serve(sys.stdin, out)


if __name__ == "__main__":
    main()
