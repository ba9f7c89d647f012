"""Whether an answer is the expected one: values compared outside the sandbox, types included.

The rule: the same type and equal, all the way down. A bool is never an int, a list never a tuple. An int is accepted
where a float of the same value is expected, never the other way round. Floats must be equal (nan equals nan) unless a
tolerance is given: then |answer - expected| <= tolerance * max(1, |expected|). Order counts in lists and tuples, not in
sets or dicts. For standard output: the same words line by line, blank lines at the end ignored; where a tolerance is
given, a number with a decimal point may differ from the expected one by it, in the same way.
"""

from __future__ import annotations

import math
import re

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


def matches(answer: object, expected: object, tolerance: float | None) -> bool:
    """Whether the answer counts as the expected value. Both are exact built-in values, decoded by the runner."""
    if isinstance(expected, float):
        return _same_number(answer, expected, tolerance)
    if type(answer) is not type(expected):
        return False
    if isinstance(expected, list | tuple):
        assert isinstance(answer, list | tuple)
        pairs = zip(answer, expected, strict=False)
        return len(answer) == len(expected) and all(matches(left, right, tolerance) for left, right in pairs)
    if isinstance(expected, dict):
        assert isinstance(answer, dict)
        return _same_entries(answer, expected, tolerance)
    if isinstance(expected, set | frozenset):
        assert isinstance(answer, set | frozenset)
        return _same_members(list(answer), list(expected), tolerance)
    return answer == expected


def _same_number(answer: object, expected: float, tolerance: float | None) -> bool:
    # bool is a subclass of int: True == 1.0.
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return False
    # nan != nan in Python, and a task may expect nan.
    if isinstance(answer, float) and math.isnan(answer):
        return math.isnan(expected)
    if answer == expected:
        return True
    # inf - inf is nan, and a tolerance times inf would accept every number.
    if tolerance is None or math.isinf(expected) or math.isnan(expected):
        return False
    try:
        return abs(answer - expected) <= tolerance * max(1.0, abs(expected))
    except OverflowError:  # an int beyond every float
        return False


def _same_entries(answer: dict[object, object], expected: dict[object, object], tolerance: float | None) -> bool:
    if len(answer) != len(expected):
        return False
    # 1, 1.0 and True are one key of a dict: the answer's own key is compared with types.
    own_keys = {key: key for key in answer}
    return all(
        key in own_keys and matches(own_keys[key], key, None) and matches(answer[key], value, tolerance)
        for key, value in expected.items()
    )


def _same_members(answer: list[object], expected: list[object], tolerance: float | None) -> bool:
    """Each expected member has an answer of its own; equal ones are found by hash, near ones one by one."""
    if len(answer) != len(expected):
        return False
    own = {member: member for member in answer}
    left = [member for member in expected if not (member in own and matches(own[member], member, None))]
    if not left or tolerance is None:
        return not left
    # Only members that are not expected exactly may stand near another: each is used up once.
    taken = [member for member in answer if member not in set(expected)]
    for member in left:
        near = next((other for other in taken if matches(other, member, tolerance)), None)
        if near is None:
            return False
        taken.remove(near)
    return True


def same_output(answer: str, expected: str, tolerance: float | None = None) -> bool:
    """Whether two texts hold the same words line by line."""
    left, right = _lines(answer), _lines(expected)
    # Other numbers of words in a line can never match, however near their values.
    if left == right or tolerance is None or list(map(len, left)) != list(map(len, right)):
        return left == right
    pairs = (pair for lines in zip(left, right, strict=True) for pair in zip(*lines, strict=True))
    return all(one == other or _is_near(one, other, tolerance) for one, other in pairs)


def _is_near(word: str, expected: str, tolerance: float) -> bool:
    """Whether two words are numbers of which the expected one is not whole, within the tolerance."""
    if _DECIMAL.fullmatch(expected) is None or "." not in expected or _DECIMAL.fullmatch(word) is None:
        return False
    return _same_number(float(word), float(expected), tolerance)


def _lines(text: str) -> list[list[str]]:
    lines = [line.split() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines
