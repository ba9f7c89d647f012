"""The words of a formula: numbers, letters, commands and signs; what is none of them is refused.

Length is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.grading.math.parsing.vocabulary import WORDS

MAX_TOKENS = 500
MAX_DIGITS = 400


class MathSyntaxError(Exception):
    """The text is not a formula this parser knows, or it is larger than its bounds."""


_WORD = re.compile("|".join(sorted(WORDS, key=len, reverse=True)))
_TOKEN = re.compile(
    r"\s*(?:(?P<num>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,3}(?![\d.a-zA-Z]))?)"
    r"(?:\.(?=[\s/*+)^-]|$))?(?P<rep>(?:\.)?\\(?:overline|bar|dot)\s*\{\d+\})?|(?P<text>\\text\s*\{[^{}]*\})"
    r"|(?P<bb>\\mathbb\s*\{?[A-Z]\}?)|(?P<cmd>\\[a-zA-Z]+)|(?P<run>[a-zA-Z]+)"
    r"|_\s*(?P<sub>\{(?:[^{}]|\{[^{}]*\})*\}|\\text\s*\{[^{}]*\}|\\[a-zA-Z]+|[a-zA-Z]|\d+)"
    r"|(?P<op>[-+*/^!'|%:(){}\[\],=<>]))"
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: num, id, cmd, op. `text`: as written, or the name of the command."""

    kind: str
    text: str


def tokens_of(text: str) -> list[Token]:
    """The tokens of cleaned text. Raises MathSyntaxError for a sign or word that no formula has."""
    found: list[Token] = []
    index = 0
    text = text.rstrip()
    while index < len(text):
        match = _TOKEN.match(text, index)
        if match is None:
            raise MathSyntaxError(f"{text[index : index + 10]!r} is no part of a formula")
        found.extend(_token(match, is_called=text[match.end() :].lstrip().startswith("(")))
        index = match.end()
        if len(found) > MAX_TOKENS:
            raise MathSyntaxError(f"more than {MAX_TOKENS} tokens")
    return found


def _token(match: re.Match[str], *, is_called: bool) -> Iterator[Token]:
    kind = match.lastgroup
    if match["num"] is not None:
        if len(match["num"]) > MAX_DIGITS:
            raise MathSyntaxError(f"a number of more than {MAX_DIGITS} digits")
        yield Token("num", match["num"] + (match["rep"] or ""))
    elif kind == "sub":
        yield Token("sub", re.sub(r"\\(?:text|mathrm)(?![a-zA-Z])|[\s{}\\]", "", match["sub"]))
    elif kind == "cmd":
        yield Token("cmd", match["cmd"][1:])
    elif kind == "bb":
        yield Token("id", "mathbb" + re.sub(r"[^A-Z]", "", match["bb"]))
    elif kind == "text":
        word = match["text"][match["text"].index("{") + 1 : -1].strip()
        if is_called and len(word) > 1 and word.isalpha() and not _WORD.search(word) and _is_formula_like(word):
            yield Token("cmd", f"call:{word}")  # `\operatorname{tr}(A)`: a function by name, not t times r
        else:
            yield from _words(word)
    elif kind == "run":
        yield from _words(match["run"])
    else:
        yield Token("op", match["op"])


def _words(run: str) -> Iterator[Token]:
    """A run of letters: the functions and constants in it, single letters otherwise."""
    if not _is_formula_like(run):
        raise MathSyntaxError(f"{run!r} is a word")
    index = 0
    while index < len(run):
        word = _WORD.match(run, index)
        name = word[0] if word else run[index]
        yield Token("cmd" if word else "id", name)
        index += len(name)


_NO_PRODUCTS = frozenset(("to", "of", "by", "vs", "per", "half"))
"""Short words that nobody writes for a product."""


def _is_formula_like(run: str) -> bool:
    if run.lower() in _NO_PRODUCTS:
        return False
    rest = _WORD.sub("", run)
    if not rest.isascii() or (rest and not rest.isalpha()):
        return False
    # Capital letters name points: `ABCDEF` is a hexagon.
    if rest.isupper():
        return len(rest) <= 6
    # Three and four letters without e, i, o, u: `xyz` and `abc` pass, English words hardly ever do.
    return len(rest) <= 2 or (len(rest) <= 4 and not set("eiouEIOU") & set(rest))
