"""Notations that need the target or a sentence to be read: floors in square brackets, cases in words."""

from __future__ import annotations

import re

_FLOOR = re.compile(r"\\lfloor|(?<![a-z])floor")
_BRACKETED = re.compile(r"\[(?P<inner>[^\[\],;]+)\]")
_IN_CASES = re.compile(
    r"^(?P<first>[^,;]+?),? (?:if|when|for) (?P<condition>[^,;]+?)\s*(?:[,;]|,? and| else)\s*(?P<other>[^,;]+?),? "
    r"(?:(?P<rest>otherwise|else)|(?:if|when|for) (?P<second>[^,;]+))$"
)


def with_floor_brackets(gold: str, prediction: str) -> str:
    """The prediction with `[n/2]` as a floor where the gold has a floor and the prediction names none."""
    if not _FLOOR.search(gold) or "[" not in prediction or _FLOOR.search(prediction):
        return prediction
    return _BRACKETED.sub(r"\\lfloor \g<inner> \\rfloor ", prediction)


def cases_of_words(text: str) -> str:
    """`1 if n is even, 0 otherwise` as an environment of cases; any other text as it is."""
    if not re.search(r"(?<![a-zA-Z])(?:if|when|for)(?![a-zA-Z])", text) or "\\begin" in text:
        return text
    opened = re.sub(r"\s+", " ", re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", text)).strip()
    match = _IN_CASES.match(opened)
    if match is None:
        return text
    rows = ((match["first"], match["condition"]), (match["other"], match["rest"] or match["second"]))
    lines = " \\\\ ".join(rf"{value} & {condition}" for value, condition in rows)
    return rf"\begin{{cases}}{lines}\end{{cases}}"
