"""What a parsed part of a formula is: numerals in a base, repeating decimals, names of segments, products in order."""

from __future__ import annotations

import re
from fractions import Fraction

from harness.grading.math.expression.tree import SERIES, ExprNode, function, number, times
from harness.grading.math.parsing.tokens import MathSyntaxError
from harness.grading.math.parsing.vocabulary import BASES, WORDS

_WORD = re.compile("|".join(word for word in WORDS if len(word) > 1))
_VECTORS = ("vec:", "overrightarrow:")


def binomial_of(base: ExprNode, exponent: ExprNode) -> ExprNode | None:
    """`C_{10}^{3}` as a binomial coefficient; None for any other power of a name."""
    match = re.fullmatch(r"C_(\d{1,4})", base.name)
    if match is None or exponent.op != "num" or exponent.value.denominator != 1:
        return None
    return function("binom", number(int(match[1])), exponent) if 0 <= exponent.value <= int(match[1]) else None


def ordered_product(sign: str, left: ExprNode, right: ExprNode) -> ExprNode:
    """A product whose factors must not change places: the cross product of vectors, the composition of functions."""
    names = [node.name if node.op == "sym" else "" for node in (left, right)]
    if sign == "times" and all(name.startswith(_VECTORS) for name in names):
        return function("cross", left, right)
    if sign == "circ" and all(names):
        return function("compose", left, right)
    return times(left, right)


_GLUED = re.compile(
    r"/(?P<bottom>(?P<digits>\d+(?:\.\d+)?)?(?P<letters>(?:(?:[a-zA-Z]|\\(?:pi|alpha|beta|gamma|theta|lambda|mu|sigma|omega)\s?)"
    r"(?:\^(?:\d|\{[^{}]*\}))?)+))(?![\w(\\^_{])"
)
_BARE_NUMBER = re.compile(r"(?:^|[-+*(\[{=,\s])\d+(?:\.\d+)?\s*$")


def with_glued_denominators(text: str) -> str:
    """`a/bc` as a/(bc) and `x/2y` as x/(2y): what is written without a gap behind a slash is one denominator.

    `1/2x` stays one half of x: a fraction of two numbers is a factor.
    """
    return _GLUED.sub(_glued, text) if "/" in text else text


def _glued(match: re.Match[str]) -> str:
    letters = re.sub(r"\^(?:\d|\{[^{}]*\})", " ", match["letters"])
    count = len(re.findall(r"\\[a-z]+|[a-zA-Z]", letters))
    has_word = any(_WORD.search(run) for run in re.findall(r"(?<!\\)\b[a-zA-Z]{2,}", letters))
    is_factor = match["digits"] and _BARE_NUMBER.search(match.string[: match.start()])
    # `1/2x` is half of x to most who write it, `a/bc` and `x/2y` divide by all that follows; one letter needs no
    # brackets.
    if has_word or is_factor or count < (1 if match["digits"] else 2):
        return match[0]
    return f"/({match['bottom']})"


def series_depth(node: ExprNode) -> int:
    """How many sums and products stand inside one another."""
    return max((series_depth(argument) for argument in node.args), default=0) + (node.name in SERIES)


def has_infinity(node: ExprNode) -> bool:
    """Whether infinity stands anywhere in a formula."""
    return (node.op == "const" and node.name == "inf") or any(map(has_infinity, node.args))


def replaced(node: ExprNode, old: ExprNode, new: ExprNode) -> ExprNode:
    """The formula with one part in the place of another."""
    if node == old:
        return new
    return (
        ExprNode(node.op, tuple(replaced(a, old, new) for a in node.args), node.name, node.value) if node.args else node
    )


def segment_name(name: str, letters: str) -> str:
    """The points of a segment, an angle or a triangle in one of the orders that name the same object."""
    # Only names of points may be turned around: AB and BA are one segment, ab and ba are products.
    if not re.fullmatch("[A-Z]{2,4}", letters):
        return letters
    if name == "triangle":
        return "".join(sorted(letters))
    return min(letters, letters[::-1]) if name in ("overline", "angle", "measuredangle") else letters


def repeating_decimal(text: str) -> Fraction:
    """`0.1\\overline{6}` as the exact fraction 1/6."""
    plain, _, rest = text.partition("\\")
    digits = re.sub(r"\D", "", rest)
    places = len(plain.partition(".")[2])
    # k repeating digits behind `places` others are digits / ((10^k - 1) 10^places), the geometric series.
    return Fraction(plain.rstrip(".") or "0") + Fraction(int(digits), (10 ** len(digits) - 1) * 10**places)


def value_in_base(digits: str, base: str) -> int:
    """The value of a numeral with a base below it. Raises MathSyntaxError for a base or digit that does not exist."""
    if not digits.isdecimal():  # `1e308` is one token too
        raise MathSyntaxError(f"{digits} in base {base!r}")
    if base == "b":
        return int(digits)  # "in base b", b named by the question
    base = BASES.get(base, base)
    if not base.isdecimal() or not 2 <= int(base[:3]) <= 36 or any(int(digit) >= int(base) for digit in digits):
        raise MathSyntaxError(f"{digits} in base {base!r}")
    return int(digits, int(base))
