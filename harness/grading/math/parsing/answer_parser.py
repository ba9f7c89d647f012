"""How one cleaned answer is read: what kind of object it is, and its division into parts.

Brackets and text commands are respected. Nesting and the number of parts are bounded.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.expression.tree import ExprNode, number, times
from harness.grading.math.parsing.answer_types import (
    AnswerList,
    Formula,
    MatrixAnswer,
    ParsedAnswer,
    Relation,
    SetBuilder,
    SetOperation,
    TextAnswer,
)
from harness.grading.math.parsing.groups import depths_of, group_at, split_top
from harness.grading.math.parsing.parser import parse
from harness.grading.math.parsing.tokens import MathSyntaxError
from harness.grading.math.parsing.units import split_unit

MAX_PARTS = 60
"""Of one list. Two lists without an order are matched part by part, so the work grows with the square."""
MAX_NESTING = 8
"""Of lists in lists, so that no text can exhaust the stack."""

_RELATION = re.compile(
    r"\\(?:le|ge|ne|in|approx|equiv|subset|subseteq|mapsto|cong|lt|gt)(?![a-zA-Z])|<=|>=|!=|==|:=|=|<|>"
)
_SIGN_OF = {
    "<=": "le",
    ">=": "ge",
    "!=": "ne",
    "==": "=",
    ":=": "=",
    "<": "<",
    ">": ">",
    "=": "=",
    "\\mapsto": "=",
    "\\cong": "=",
}
_JOINER = re.compile(
    r";|,|(?<![a-zA-Z\\])(?:and|or)(?![a-zA-Z])|(?<=[\d\s}])\s(?:ou|et)\s(?=[-\d\\a-z])(?!\s*plus)|\\text\s*\{\s*,?\s*(?:and|or|ou|et|或|和|且)\s*\}|\\(?:land|lor|quad)(?![a-zA-Z])|或|和|且|\\\\"
)
_SET_SIGN = re.compile(r"\\(?:cup|cap|setminus)(?![a-zA-Z])|(?<=[)\]])\s*U\s*(?=[(\[])|-\s*(?=\\lbrace)")
_OPENERS, _CLOSERS = "([{", ")]}"
_MATRIX = re.compile(
    r"^(?P<front>.*?)\\begin\s*\{(?P<env>[pbvBV]?matrix|smallmatrix|array|cases)\}(?P<body>.*)\\end\s*\{(?P=env)\}(?P<power>\^\s*\{?\s*T\s*\}?)?\s*\.?$",
    re.DOTALL,
)
_BUILDER = re.compile(
    r"^\s*(?P<var>\\?[a-zA-Z](?:_\w)?)\s*(?:\\in\s*(?P<domain>\\mathbb\s*\{[A-Z]\}|[A-Z]))?\s*[|:]\s*(?P<rest>.+)$",
    re.DOTALL,
)
_PLAIN_NUMBER = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?")
_VARIABLE = re.compile(r"[a-zA-Z](?:_\{?\w+\}?)?")
_POINT_NAME = re.compile(r"^[A-Z](?:_\w|')?\s*(?=\(.*,.*\)$)", re.DOTALL)


@lru_cache(maxsize=4096)
def parse_answer(text: str, nesting: int = 0) -> ParsedAnswer:
    """The likeliest reading of a cleaned text; Words where nothing fits or it is nested too deeply."""
    text = text.strip()
    if nesting > MAX_NESTING or not text:
        return TextAnswer(text)
    if _PLAIN_NUMBER.fullmatch(text):
        return Formula(number(Fraction(text)), text)
    # From the outside in: a comma separates relations (`x=1, y=2`), a relation holds sets, a set holds formulas. Grids
    # come first because their cells hold commas and relations of their own.
    for reader in (_grid, _list, _relation, _sets, _bracketed, _ratio):
        parsed = reader(text, nesting + 1)
        if parsed is not None:
            return parsed
    return _formula(text)


def _grid(text: str, nesting: int) -> ParsedAnswer | None:
    match = _MATRIX.match(text) if "\\begin" in text else None
    # Two matrices, one behind the other or inside: the greedy body would span both.
    if match is None or "\\begin" in match["body"]:
        return None
    body = re.sub(r"^\s*\{[clr| ]*\}", "", match["body"]) if match["env"] == "array" else match["body"]
    lines = [
        line for line in re.split(r"\\\\(?:\[[^\]]*\])?|\\cr(?![a-z])", body.replace("\\hline", "")) if line.strip()
    ]
    is_cases = match["env"] == "cases" or match["front"].strip() == "\\lbrace"
    rows = tuple(
        tuple(parse_answer(cell, nesting) for cell in (_condition(line) if is_cases else line).split("&"))
        for line in lines[:MAX_PARTS]
    )
    front = match["front"].strip()
    if match["power"] and len({len(row) for row in rows}) == 1:
        # Equal lengths only: a transpose of ragged rows does not exist.
        rows = tuple(zip(*rows, strict=True))  # the transpose
    if front == "\\lbrace":
        return MatrixAnswer(rows, "cases")
    if not front:
        return MatrixAnswer(rows, match["env"])
    if front.endswith("=") and match["env"] != "cases":
        return Relation((parse_answer(front[:-1], nesting), MatrixAnswer(rows, match["env"])), ("=",), (front[:-1], ""))
    try:
        factor = parse(front)
    except MathSyntaxError:
        return None
    return MatrixAnswer(tuple(tuple(_scaled(cell, factor) for cell in row) for row in rows), match["env"])


_IF = re.compile(
    r"\s*,?\s*&?\s*(?:\\text\s*\{\s*,?\s*(?:if|for|when|where)(?![a-z])\s*\}|(?<![a-zA-Z\\])(?:if|for|when)(?![a-zA-Z]))\s*"
)
_IF_WITH_WORDS = re.compile(r"\\text\s*\{\s*,?\s*(?:if|for|when|where)\s+(?=[a-zA-Z])")


def _condition(line: str) -> str:
    """A line of cases with its condition behind `&`, without the `if` or `for` and the comma in front of it."""
    line = _IF_WITH_WORDS.sub(r"\\text{if}\\text{", line)
    return re.sub(r"\s*,\s*&", "&", _IF.sub(" & ", line, count=1))


def _scaled(cell: ParsedAnswer, factor: ExprNode) -> ParsedAnswer:
    return Formula(times(factor, cell.node), cell.text) if isinstance(cell, Formula) else cell


def _list(text: str, nesting: int) -> ParsedAnswer | None:
    parts, signs = split_top(text, _JOINER)
    if len(parts) == 1 or len(parts) > MAX_PARTS:
        return None
    kept = [part for part in parts if part.strip()]
    # `7,` is one answer with a comma behind it, not a list of one.
    if len(kept) == 1:
        return parse_answer(kept[0], nesting)
    if not kept:
        return None
    grouped = _solutions(text, signs, nesting)
    if grouped is not None:
        return grouped
    # `x=1, y=2; x=3, y=4`: the semicolon separates solutions, the comma the parts of each.
    if ";" in signs and any(sign != ";" for sign in signs):
        return AnswerList(tuple(_grouped(part, nesting) for part in text.split(";") if part.strip()))
    words = {re.sub(r"[^a-z]", "", sign.replace("text", "")) for sign in signs} | {
        "or" if "或" in sign else "and" if "且" in sign else "" for sign in signs
    }
    joiner = "or" if words & {"or", "lor", "ou"} else "and" if words & {"and", "land", "et"} else ","
    return AnswerList(tuple(parse_answer(part, nesting) for part in kept), joiner=joiner)


_OR = re.compile(
    r"(?<![a-zA-Z\\])(?:or|and)(?![a-zA-Z])|\\text\s*\{\s*,?\s*(?:or|and|或|和)\s*\}|\\(?:lor|land)(?![a-zA-Z])|或|和"
)


def _solutions(text: str, signs: list[str], nesting: int) -> ParsedAnswer | None:
    """`x=1, y=2 or x=3, y=4` as two tuples; None where the parts are not such groups of one size."""
    if "," not in signs or all(sign in (",", ";") for sign in signs):
        return None
    parts, _ = split_top(text, _OR)
    groups = [parse_answer(part.strip().strip(",;").strip(), nesting) for part in parts]
    sizes = {len(group.items) if isinstance(group, AnswerList) and not group.opening else 0 for group in groups}
    if len(groups) < 2 or len(sizes) != 1 or sizes == {0}:
        return None
    items = [group.items for group in groups if isinstance(group, AnswerList)]
    if not all(isinstance(item, Relation) and item.signs == ("=",) for group in items for item in group):
        return None
    if any(len({item.texts[0] for item in group if isinstance(item, Relation)}) < len(group) for group in items):
        return None
    return AnswerList(tuple(AnswerList(group, "(", ")") for group in items), joiner="or")


def _grouped(text: str, nesting: int) -> ParsedAnswer:
    """`p=5,q=2` between semicolons is one solution, a tuple."""
    parsed = parse_answer(text, nesting)
    if isinstance(parsed, AnswerList) and not parsed.opening:
        return AnswerList(parsed.items, "(", ")")
    return parsed


def _relation(text: str, nesting: int) -> ParsedAnswer | None:
    parts, signs = split_top(text, _RELATION)
    if len(parts) == 1 or len(parts) > MAX_PARTS:
        return None
    names = tuple(_SIGN_OF.get(sign, sign.lstrip("\\")) for sign in signs)
    if names == ("approx",) and _VARIABLE.fullmatch(parts[0].strip()):
        names = ("=",)  # `x ≈ 7` gives a value; `π/2 ≈ 1.57` has one
    # `\frac{\pi}{2} \approx 1.57`: the exact side is the answer, the decimal illustrates it.
    if "approx" in names:
        cut = names.index("approx")
        front = text[: text.index("\\approx")]
        return (
            parse_answer(front, nesting)
            if front.strip() and cut == 0
            else _relation(front, nesting)
            if front.strip()
            else parse_answer(parts[-1], nesting)
        )
    # `= 7`, cut out of the end of a chain of equalities.
    if not parts[0].strip() and names[0] == "=":
        return parse_answer(text.lstrip().removeprefix(signs[0]), nesting)
    if any(not part.strip() for part in parts):
        return None
    return Relation(tuple(parse_answer(part, nesting) for part in parts), names, tuple(part.strip() for part in parts))


def _sets(text: str, nesting: int) -> ParsedAnswer | None:
    parts, signs = split_top(text, _SET_SIGN)
    if len(parts) == 1 or len(parts) > MAX_PARTS or any(not part.strip() for part in parts):
        return None
    kinds = [{"U": "cup", "-": "setminus"}.get(sign, sign.lstrip("\\")) for sign in signs]
    parsed = parse_answer(parts[0], nesting)
    for kind, part in zip(kinds, parts[1:], strict=True):
        other = parse_answer(part, nesting)
        # Unions are flattened, since their order does not count; differences are not associative and stay nested.
        is_same = isinstance(parsed, SetOperation) and parsed.sign == kind == "cup"
        parsed = SetOperation(
            kind, (*parsed.parts, other) if is_same and isinstance(parsed, SetOperation) else (parsed, other)
        )
    return parsed


def _bracketed(text: str, nesting: int) -> ParsedAnswer | None:
    text = _POINT_NAME.sub("", text)
    if text.startswith("\\lbrace") and text.endswith("\\rbrace") and _closes_at_end(text):
        return _set(text[len("\\lbrace") : -len("\\rbrace")], nesting)
    if len(text) < 2 or text[0] not in _OPENERS or text[-1] not in _CLOSERS or not _closes_at_end(text):
        return _empty_set(text)
    if text[0] == "{":
        end = group_at(text, 0)
        if end != len(text):
            return None
    inner = text[1:-1].strip()
    # `{x | x > 3}` of a model that forgot the backslashes: braces alone only group.
    if text[0] == "{" and "|" in inner and _BUILDER.match(inner):
        return _set(inner, nesting)
    parts, _ = split_top(inner, re.compile(r"[,;]"))
    if len(parts) == 1:
        return (
            parse_answer(inner, nesting)
            if (text[0], text[-1]) in (("(", ")"), ("{", "}"), ("[", "]")) and inner
            else None
        )
    if len(parts) > MAX_PARTS:
        return None
    return AnswerList(tuple(parse_answer(part, nesting) for part in parts if part.strip()), text[0], text[-1])


def _empty_set(text: str) -> ParsedAnswer | None:
    return AnswerList((), "{", "}") if text in ("\\emptyset", "\\lbrace \\rbrace", "\\lbrace\\rbrace") else None


def _closes_at_end(text: str) -> bool:
    """Whether the first bracket is the one that the last closes."""
    depths = depths_of(text)
    start = len("\\lbrace") if text.startswith("\\lbrace") else 1
    end = len(text) - (len("\\rbrace") if text.endswith("\\rbrace") else 1)
    return all(depth > 0 for depth in depths[start:end])


def _set(inner: str, nesting: int) -> ParsedAnswer:
    if match := _BUILDER.match(inner):
        condition = parse_answer(match["rest"], nesting)
        # A set of whole numbers is not an interval: compared as real numbers, `x > 3` over Z and over R would be equal.
        if match["domain"] in ("\\mathbb{Z}", "\\mathbb{N}", "Z", "N"):
            return TextAnswer(inner)
        return SetBuilder(match["var"].lstrip("\\"), condition)
    parts, _ = split_top(inner, re.compile(r"[,;]"))
    kept = [part for part in parts if part.strip()]
    return AnswerList(tuple(parse_answer(part, nesting) for part in kept[:MAX_PARTS]), "{", "}")


def _ratio(text: str, nesting: int) -> ParsedAnswer | None:
    """`3:4:5`, in brackets of its own; a ratio of two is a quotient and stays a formula."""
    parts, _ = split_top(text, re.compile(":"))
    if not 3 <= len(parts) <= MAX_PARTS or any(not part.strip() for part in parts):
        return None
    terms = tuple(parse_answer(part, nesting) for part in parts)
    return AnswerList(terms, ":", ":") if all(isinstance(parsed, Formula) for parsed in terms) else None


def _formula(text: str) -> ParsedAnswer:
    plain = _POINT_NAME.sub("", text)
    if (numeral := _numeral_with_letters(plain)) is not None:
        return numeral
    if plain.endswith("%") and plain.count("%") == 1:
        return _percentage(plain)
    core, unit = split_unit(plain)
    # With its unit first: `5 m` is five metres. Where the rest is no formula, the letters were no unit.
    for candidate, its_unit in ((core, unit), (plain, None)):
        try:
            return Formula(parse(candidate), candidate, its_unit)
        except MathSyntaxError:
            continue
    return TextAnswer(text)


def _percentage(text: str) -> ParsedAnswer:
    """The sign at the end holds for all of `12\\frac{1}{2}%`."""
    try:
        return Formula(times(parse(text[:-1]), number(Fraction(1, 100))), text)
    except MathSyntaxError:
        return TextAnswer(text)


_LETTER_DIGITS = re.compile(
    r"^\(?\s*(?P<digits>(?=\d*[A-Fa-f])(?=[A-Fa-f]*\d)[\dA-Fa-f]+)\s*\)?\s*_\s*\{?\s*(?P<base>\d\d)\s*\}?$"
)


def _numeral_with_letters(text: str) -> Formula | None:
    """`2A_{16}` as its value; a letter alone with an index is a name."""
    if "_" not in text:
        return None
    match = _LETTER_DIGITS.match(re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text).strip())
    if match is None or not 11 <= int(match["base"]) <= 36:
        return None
    try:
        return Formula(number(int(match["digits"], int(match["base"]))), text)
    except ValueError:
        return None
