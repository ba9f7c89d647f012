"""A verdict does not depend on how an answer is written: each pair, restated in other notation, gets the same one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from harness.grading.math.comparison.compare import compare_answers
from harness.grading.math.symbolic.worker import SymbolicWorker
from tests.grading.math.equal_pairs import EQUAL
from tests.grading.math.unequal_pairs import UNEQUAL

pytestmark = pytest.mark.slow

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FULL_WIDTH = str.maketrans("0123456789+-=(),", "０１２３４５６７８９＋－＝（），")
_IN_A_FORMULA = re.compile(r"\$|\\\(|\\\[|\*")
_INTEGER = re.compile(r"[1-9]\d*")


def _wrapped(opening: str, closing: str) -> Callable[[str], str]:
    """Around the whole answer, unless it is in delimiters already, or its braces do not match."""

    def restate(text: str) -> str:
        is_closed = text.count("{") == text.count("}") and not text.endswith("\\")
        # one letter may be a choice, whose case counts for nothing only where it stands alone
        return f"{opening}{text}{closing}" if is_closed and not _IN_A_FORMULA.search(text) and len(text) > 1 else text

    return restate


def _replaced(pattern: str, by: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, by, text)


def _grouped(separator: str) -> Callable[[str], str]:
    """Thousands by a separator, for plain integers."""
    return lambda text: f"{int(text):,}".replace(",", separator) if _INTEGER.fullmatch(text) else text


RESTATED: dict[str, Callable[[str], str]] = {
    "in dollars": _wrapped("$", "$"),
    "in a display": _wrapped(r"\[", r"\]"),
    "in round delimiters": _wrapped(r"\(", r"\)"),
    "in bold": _wrapped(r"$\mathbf{", "}$"),
    "in bold italics": _wrapped(r"\boldsymbol{", "}"),
    "in display style": _wrapped(r"\displaystyle ", ""),
    "on its own line": _wrapped("\n", "\n"),
    "large fractions": _replaced(r"\\frac(?![a-z])", r"\\dfrac"),
    "sized brackets": lambda text: (
        text.replace("(", r"\left(").replace(")", r"\right)")
        if "\\" not in text and text.count("(") == text.count(")")
        else text
    ),
    "sized braces": lambda text: (
        text.replace(r"\{", r"\left\{").replace(r"\}", r"\right\}") if r"\left" not in text else text
    ),
    "named braces": lambda text: (
        text.replace(r"\{", r"\lbrace ").replace(r"\}", r"\rbrace ") if r"\left" not in text else text
    ),
    "thin spaces behind commas": _replaced(r",(?=\s*[a-zA-Z(-])", r",\\,"),
    "infinity as a sign": _replaced(r"\\infty(?![a-zA-Z])\s*", "∞"),
    "union as a sign": _replaced(r"\\cup(?![a-zA-Z])\s*", "∪"),
    "pi as a sign": _replaced(r"(?<!\\)\\pi(?![a-zA-Z])\s*", "π"),
    "roots as a sign": _replaced(r"\\sqrt\{(\w)\}", r"√\1"),
    "minus as a sign": lambda text: text.replace("-", "−"),
    "powers as small digits": lambda text: re.sub(
        r"(?<!\^.)\^(?:\{(\d)\}|(\d)(?![\d^]))", lambda match: (match[1] or match[2]).translate(_SUPERSCRIPTS), text
    ),
    "powers in braces": _replaced(r"(?<!\^.)\^(\d)(?![\d_^])", r"^{\1}"),
    "full width": lambda text: text.translate(_FULL_WIDTH) if re.fullmatch(r"[\d+\-=(), ]+", text) else text,
    "thousands by commas": _grouped(","),
    "thousands by braced commas": _grouped("{,}"),
    "thousands by thin spaces": _grouped(r"\,"),
}

PAIRS = [
    (gold, given, is_equal)
    for table, is_equal in ((EQUAL, True), (UNEQUAL, False))
    for rows in table.values()
    for gold, given in rows
]


@pytest.mark.parametrize("way", RESTATED)
def test_a_pair_restated_gets_the_same_verdict(way: str, worker: SymbolicWorker) -> None:
    restate = RESTATED[way]
    changed = [
        (one, other, is_equal)
        for gold, given, is_equal in PAIRS
        for one, other in ((gold, restate(given)), (restate(gold), given))
        if (one, other) != (gold, given)
    ]
    graded_otherwise = [
        (one, other)
        for one, other, is_equal in changed
        if compare_answers(one, other, worker=worker).equal is not is_equal
    ]
    assert changed
    assert graded_otherwise == []
