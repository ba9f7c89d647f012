"""How the text of a formula becomes a tree.

Covers LaTeX, ASCII and mixed spelling of arithmetic, roots, powers, functions, named quantities and `±` (the symbol
PLUS_MINUS). Nothing is ever evaluated as code: a token that is not known raises MathSyntaxError. Depth and length are
bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.expression.tree import (
    HALF,
    MINUS_ONE,
    ONE,
    PLUS_MINUS,
    SERIES,
    ExprNode,
    function,
    minus,
    negative,
    number,
    plus,
    power,
    quotient,
    symbol,
    symbols,
    times,
)
from harness.grading.math.parsing.formula_parts import (
    binomial_of,
    has_infinity,
    ordered_product,
    repeating_decimal,
    replaced,
    segment_name,
    series_depth,
    value_in_base,
    with_glued_denominators,
)
from harness.grading.math.parsing.tokens import MathSyntaxError, Token, tokens_of
from harness.grading.math.parsing.vocabulary import (
    CONSTANTS,
    DECORATIONS,
    FUNCTIONS,
    GREEK,
    INVERSE,
    SAME_FUNCTION,
)

MAX_DEPTH = 80
"""Of brackets, powers and fractions in each other. Each level takes several Python frames, of which 1,000 are
allowed."""
_NAMING = frozenset(("angle", "triangle", "measuredangle"))
_FUNCTION_NAMES = frozenset("fghFG")
_DEGREE = ExprNode("const", name="deg")


@lru_cache(maxsize=4096)
def parse(text: str) -> ExprNode:
    """The tree of a cleaned formula. Raises MathSyntaxError."""
    tokens = tokens_of(with_glued_denominators(text))
    if not tokens:
        raise MathSyntaxError("nothing there")
    parser = _FormulaParser(tokens)
    node = parser.sum()
    if parser.index != len(tokens):
        raise MathSyntaxError(f"unexpected {parser.peek().text!r}")
    return node


_END = Token("end", "")
_CLOSERS = {"(": ")", "[": "]", "{": "}", "lbrace": "rbrace"}


class _FormulaParser:
    """Recursive descent; each method leaves `index` after what it read."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.depth = 0
        # Open bars: inside one, a bar closes it (`|a|b|c|` is |a| b |c|); behind an operator it opens a second level,
        # as in `|1-|x||`.
        self.bars = 0
        self.compositions = 0

    def peek(self) -> Token:
        return self.tokens[self.index] if self.index < len(self.tokens) else _END

    def take(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def accept(self, *texts: str) -> str | None:
        token = self.peek()
        if token.kind in ("op", "cmd") and token.text in texts:
            self.index += 1
            return token.text
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            raise MathSyntaxError(f"{text!r} is missing")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise MathSyntaxError(f"nested deeper than {MAX_DEPTH}")

    def sum(self) -> ExprNode:
        self.deeper()
        terms = [self.signed(self.accept("-", "+", "pm", "mp"))]
        while sign := self.accept("+", "-", "pm", "mp"):
            terms.append(self.signed(sign))
        self.depth -= 1
        return plus(*terms)

    def signed(self, sign: str | None) -> ExprNode:
        negatives = 0
        while more := self.accept("-", "+"):
            # `3 - -2` and `-(-2)`: models write signs in a row, which Python reads the same way.
            negatives += more == "-"
        # Minus binds weaker than a power: -2^2 is -4.
        term = self.product()
        term = negative(term) if negatives % 2 else term
        match sign:
            case "-":
                return negative(term)
            case "pm":
                return times(symbol(PLUS_MINUS), term)
            case "mp":
                return negative(times(symbol(PLUS_MINUS), term))
            case _:
                return term

    def product(self) -> ExprNode:
        node = self.factor()
        while True:
            sign = self.accept("*", "/", "times", "cdot", "div", ":", "circ", "bmod")
            if sign in ("/", "div", ":"):
                # From left to right, one factor at a time: `1/2x` is (1/2) x here; what is glued to a denominator was
                # marked before (formula_parts.with_glued_denominators).
                node = quotient(node, self.signed_factor())
            elif sign == "bmod":
                node = function("mod", node, self.signed_factor())
            elif sign in ("times", "circ"):
                node = ordered_product(sign, node, self.signed_factor())
            elif sign is not None:
                node = times(node, self.signed_factor())
            elif self.starts_factor():
                # `3 4` is a list whose comma was lost, or a thousands separator: a product of 12 would credit a wrong
                # answer.
                if self.peek().kind == "num" and self.tokens[self.index - 1].kind == "num":
                    raise MathSyntaxError("two numbers in a row")
                node = self.next_to(node, self.factor())
            else:
                return node

    def next_to(self, left: ExprNode, right: ExprNode) -> ExprNode:
        """Side by side: a product, but `2\\frac{1}{3}` is a mixed number."""
        if left.op == "num" and left.value.denominator == 1 and right.op == "num" and 0 < right.value < 1:
            previous = self.tokens[self.index - 1]
            # Only what is written as a fraction: `2(1/3)` in parentheses is a product, two thirds.
            if previous.text in ("}",) or previous.kind == "num":
                return number(left.value + right.value if left.value >= 0 else left.value - right.value)
        if left.op == "num" and right.op == "mul" and len(right.args) == 2 and right.args[1] == _DEGREE:
            return times(self.next_to(left, right.args[0]), _DEGREE)  # `22\frac{1}{2}^{\circ}`
        return times(left, right)

    def signed_factor(self) -> ExprNode:
        negatives = 0
        while sign := self.accept("-", "+"):
            negatives += sign == "-"
        node = self.factor()
        return negative(node) if negatives % 2 else node

    def starts_factor(self) -> bool:
        token = self.peek()
        if token.kind in ("num", "id"):
            return True
        if token.kind == "cmd":
            return token.text not in (
                "pm",
                "mp",
                "times",
                "cdot",
                "div",
                "circ",
                "bmod",
                "prime",
                "rbrace",
                "rfloor",
                "rceil",
                "approx",
            )
        return token.text in ("(", "[", "{") or (token.text == "|" and self.bars == 0)

    def factor(self) -> ExprNode:
        node = self.atom()
        # `5!!!!!` and the like are no mathematics; the bound also ends a text of a thousand signs.
        for _ in range(4):
            if self.accept("!"):
                if self.accept("!"):
                    return function("double_factorial", node)
                node = function("factorial", node)
            elif self.accept("%"):
                node = times(node, number(Fraction(1, 100)))
            elif self.accept("^"):
                node = self.raised(node)
            elif node.op == "sym" and self.accept("'", "prime"):
                node = symbol(node.name + "'")
            else:
                return node
        raise MathSyntaxError("too many signs behind a factor")

    def raised(self, base: ExprNode) -> ExprNode:
        """`base` with the exponent that follows; degrees are their own unit, primes part of a name."""
        primes = [token.text for token in self.tokens[self.index : self.index + 3]]
        if base.op == "sym" and (primes[:1] == ["prime"] or primes == ["{", "prime", "}"]):
            self.index += 1 if primes[:1] == ["prime"] else 3
            return symbol(base.name + "'")
        # `30^\circ` is no power: with an exponent it would be 30 to the power of a composition sign.
        if self.is_degree():
            return times(base, self.degree_rest())
        exponent = self.script()
        # `C_5^2` is a binomial in Chinese and French textbooks; a power of a variable C_5 looks the same.
        if base.op == "sym":
            chosen = binomial_of(base, exponent)
            if chosen is not None:
                return chosen
            base = self.named(base.name)
        return power(base, exponent)

    def is_degree(self) -> bool:
        if self.peek().text == "circ":
            self.index += 1
            return True
        ahead = [token.text for token in self.tokens[self.index : self.index + 3]]
        if ahead == ["{", "circ", "}"]:
            self.index += 3
            return True
        return False

    def degree_rest(self) -> ExprNode:
        """The factor of a degree, as the constant `deg`; evaluate knows its two readings."""
        return _DEGREE

    def script(self) -> ExprNode:
        if self.accept("{"):
            node = self.sum()
            self.expect("}")
            return node
        sign = self.accept("-", "+")
        if self.peek().kind == "num" and self.tokens[self.index].text.isdigit():
            # `v^2_0`: the subscript belongs to what is raised, not to the exponent
            node = number(int(self.take().text))
        else:
            node = self.atom()
        if self.peek().text == "^" and self.peek().kind == "op":
            self.deeper()
            self.take()
            # Towers group from above: 2^{3^2} is 2^9, never (2^3)^2.
            node = power(node, self.script())
            self.depth -= 1
        return negative(node) if sign == "-" else node

    def subscript(self) -> str | None:
        """What stands below what was just read, as text; None if nothing does."""
        return self.take().text if self.peek().kind == "sub" else None

    def named(self, name: str) -> ExprNode:
        """A variable with its subscript."""
        below = self.subscript()
        return symbol(name if below is None else f"{name}_{below}")

    def group(self) -> str:
        """The tokens of a group or the next token, as text."""
        if not self.accept("{"):
            return self.take().text
        parts, depth = [], 1
        while depth:
            token = self.take()
            if token is _END:
                raise MathSyntaxError("a group that never closes")
            depth += (token.text == "{") - (token.text == "}")
            parts.append(token.text)
        return "".join(parts[:-1])

    def atom(self) -> ExprNode:
        self.deeper()
        node = self.atom_at(self.take())
        self.depth -= 1
        return node

    def atom_at(self, token: Token) -> ExprNode:
        if token.kind == "num":
            return self.numeral(token.text)
        if token.kind == "id":
            return self.identifier(token.text)
        if token.kind == "cmd":
            return self.command(token.text)
        if token.text in _CLOSERS:
            node = self.sum()
            self.expect(_CLOSERS[token.text])
            return node
        if token.text == "|" and self.bars < 2:
            self.bars += 1
            node = self.sum()
            self.expect("|")
            self.bars -= 1
            return function("abs", node)
        raise MathSyntaxError(f"unexpected {token.text!r}" if token.text else "the formula ends too early")

    def numeral(self, text: str) -> ExprNode:
        if "\\" in text:
            return number(repeating_decimal(text))
        value = Fraction(text)
        base = self.subscript() if value.denominator == 1 else None
        return number(value if base is None else value_in_base(text, base))

    def identifier(self, name: str) -> ExprNode:
        ahead = [token.text for token in self.tokens[self.index : self.index + 3]]
        is_composed = len(ahead) == 3 and ahead[0] == ahead[2] == "(" and ahead[1] in _FUNCTION_NAMES
        if name in _FUNCTION_NAMES and (is_composed or (self.compositions and ahead[:1] == ["("])):
            return self.composition(name)
        # Without it `f(0)` would be a product with zero, and so equal to every other answer of 0.
        if ahead == ["(", "0", ")"]:
            self.index += 3  # a function at zero: nobody writes a product with zero
            return symbol(f"{name}(0)")
        # `e_1`, `i_2` are names: a subscript makes a variable of the constant.
        if name in ("e", "i") and self.peek().kind != "sub":
            return ExprNode("const", name=name)
        return self.named(name)

    def composition(self, name: str) -> ExprNode:
        """`f(g(x))`: a function of a function, whose letters must not change places; nobody writes a product so."""
        self.expect("(")
        self.compositions += 1
        inner = self.sum()
        self.compositions -= 1
        self.expect(")")
        return function(f"call:{name}", inner)

    def command(self, name: str) -> ExprNode:
        name = SAME_FUNCTION.get(name, name)
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self)
        if name in CONSTANTS:
            return ExprNode("const", name=CONSTANTS[name])
        if name == "dots":
            return symbol("dots")  # what is left out; equal only where all that is written is
        if name in SERIES:
            return self.series(name)
        if name == "Gamma" and self.peek().text == "(":
            return function("factorial", minus(self.atom(), ONE))
        if name in GREEK:
            return self.named(name)
        if name in FUNCTIONS:
            return self.call(name)
        if name.startswith("call:"):
            return function(name, *self.in_brackets())
        if name in DECORATIONS:
            return self.named(f"{name}:{segment_name(name, self.group())}")
        if name in _NAMING:
            parts = [self.take().text]
            while self.peek().kind == "id":
                parts.append(self.take().text)
            return symbol(f"{name}:{segment_name(name, ''.join(parts))}")
        raise MathSyntaxError(f"\\{name} is not known")

    def series(self, name: str) -> ExprNode:
        """`\\sum_{k=a}^{b} ...` over whole numbers from a to b; its body reaches to the next plus or minus."""
        below = (self.subscript() or "").partition("=")
        if not self.accept("^") or not re.fullmatch("[a-zA-Z]", below[0]) or not below[2]:
            raise MathSyntaxError("a sum without bounds")
        first, last, body = parse(below[2]), self.script(), self.product()
        index = ExprNode("const", name="i") if below[0] == "i" else symbol(below[0])
        if any(f"_{below[0]}" in bound for bound in symbols(body)) or has_infinity(last):
            raise MathSyntaxError("a sum of terms that have no formula")
        bound = symbol(f"#{1 + series_depth(body)}")
        return function(name, replaced(body, index, bound), bound, first, last)

    def call(self, name: str) -> ExprNode:
        """A function with its power or base and its argument, with or without brackets."""
        base = exponent = None
        for _ in range(2):
            below = self.subscript()
            if below is not None:
                base = parse(below)
            elif self.accept("^"):
                exponent = self.script()
        args = self.arguments(FUNCTIONS[name])
        # `\sin^{-1} x` is the arc sine by convention, although `\sin^2 x` is a power.
        if exponent == MINUS_ONE and name in INVERSE:
            return function(INVERSE[name], *args)
        node = function("log", *args, *((base,) if base is not None else (number(10),) if name == "lg" else ()))
        node = (
            node
            if name in ("log", "lg", "ln")
            else power(ExprNode("const", name="e"), args[0])
            if name == "exp"
            else _BY_OTHERS[name](*args)
            if name in _BY_OTHERS
            else function(name, *args)
        )
        return node if exponent is None else power(node, exponent)

    def arguments(self, least: int) -> tuple[ExprNode, ...]:
        if self.peek().text not in _CLOSERS:
            if least > 1:
                raise MathSyntaxError("a function of several arguments needs brackets")
            return (self.bare_argument(),)
        args = self.in_brackets()
        if (least == 1) != (len(args) == 1):
            raise MathSyntaxError("a wrong number of arguments")
        return args

    def in_brackets(self) -> tuple[ExprNode, ...]:
        """The arguments between brackets, with commas between."""
        opening = self.take().text
        args = [self.sum()]
        while self.accept(","):
            args.append(self.sum())
        self.expect(_CLOSERS[opening])
        return tuple(args)

    def bare_argument(self) -> ExprNode:
        """`\\sin 2x \\cos y`: factors side by side, up to the next function."""
        self.deeper()
        node = self.signed_factor()
        while self.starts_factor() and self.peek().text not in FUNCTIONS and self.peek().text != "(":
            node = self.next_to(node, self.factor())
        self.depth -= 1
        return node

    def fraction(self) -> ExprNode:
        top = self.fraction_part()
        return quotient(top, self.fraction_part())

    def fraction_part(self) -> ExprNode:
        """A group, or one digit as TeX reads it: `\\frac12` is one half."""
        token = self.peek()
        if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
            # The rest of the digits stays for the denominator: `\frac12`, `\sqrt2` are what TeX typesets from single
            # tokens.
            self.tokens[self.index] = Token("num", token.text[1:])
            return number(int(token.text[0]))
        sign = self.accept("-")
        node = self.atom()
        return negative(node) if sign else node

    def root(self) -> ExprNode:
        index: ExprNode | None = None
        if self.accept("["):
            index = self.sum()
            self.expect("]")
            if not self.starts_factor():
                return power(index, HALF)
        radicand = self.atom()
        return power(radicand, HALF) if index is None or index == number(2) else function("root", radicand, index)

    def cube_root(self) -> ExprNode:
        return function("root", self.atom(), number(3))

    def binomial(self) -> ExprNode:
        top = self.fraction_part()
        return function("binom", top, self.fraction_part())

    def rounded(self, name: str, closer: str) -> ExprNode:
        node = self.sum()
        self.expect(closer)
        return function(name, node)


_BY_OTHERS: dict[str, Callable[[ExprNode], ExprNode]] = {
    "sech": lambda x: quotient(ONE, function("cosh", x)),
    "csch": lambda x: quotient(ONE, function("sinh", x)),
    "coth": lambda x: quotient(function("cosh", x), function("sinh", x)),
    "cis": lambda x: plus(function("cos", x), times(ExprNode("const", name="i"), function("sin", x))),
}
"""Functions that are written by others."""
_SPECIAL: dict[str, Callable[[_FormulaParser], ExprNode]] = {
    "frac": _FormulaParser.fraction,
    "sqrt": _FormulaParser.root,
    "cbrt": _FormulaParser.cube_root,
    "binom": _FormulaParser.binomial,
    "lfloor": lambda parser: parser.rounded("floor", "rfloor"),
    "lceil": lambda parser: parser.rounded("ceil", "rceil"),
    "lbrace": lambda parser: parser.rounded("group", "rbrace"),
}
