"""Every rule of comparison and parsing is needed: switched off, it changes the verdict on a committed pair.

A rule is a function that may find nothing (None), say no (False) or change a text; switched off it always does the
first, or hands its argument back. Only the pairs whose comparison calls a rule can change with it, so only these are
compared again; a profile of one comparison of every pair, with empty caches, says which.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest

from harness.grading.math import comparison, parsing
from harness.grading.math.comparison.compare import compare_answers
from harness.grading.math.symbolic.worker import SymbolicWorker
from tests.grading.math.committed_pairs import Pair, committed_pairs

PACKAGE = "harness.grading.math"
NO_RULES = {
    "compare.why": "words for a person",
    "compare._shown": "words for a person",
    "compare._quick": "a short cut to what the other rules decide",
    "compare.plain_number": "a short cut to what the other rules decide",
    "equivalence._proof": "decides how sure a verdict is: proved, or seen at points",
    "equivalence._is_rational": "a short cut to what the other rules decide",
    "equivalence._complex_value": "a short cut to what the symbolic worker decides",
    "named_values.value_of": "takes names away that the comparison of the parts takes away as well",
}


def _rules() -> dict[str, Callable[..., Any]]:
    """The functions that can be switched off, by module and name."""
    found = {}
    for package in (comparison, parsing):
        for entry in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(entry.name)
            for name, value in vars(module).items():
                if inspect.isroutine(inspect.unwrap(value)) and value.__module__ == entry.name and _neutral(value):
                    found[f"{entry.name.rpartition('.')[2]}.{name}"] = value
    return found


def _neutral(rule: Callable[..., Any]) -> Callable[..., Any] | None:
    """What stands for a rule that is switched off; None for a function that is none."""
    signature = inspect.signature(inspect.unwrap(rule))
    result, arguments = str(signature.return_annotation), list(signature.parameters.values())
    if "None" in result.split(" | "):
        return lambda *_, **__: None
    if result == "bool":
        return lambda *_, **__: False
    is_rewriting = bool(arguments) and result == str(arguments[0].annotation)
    return (lambda first, *_, **__: first) if is_rewriting else None


def _switch(rule: Callable[..., Any], other: Callable[..., Any]) -> None:
    """Put one function in the place of another wherever a module of the grader names it, and empty all caches."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for key, value in list(vars(module).items()):
                if value is rule:
                    setattr(module, key, other)
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


class Calls:
    """The code objects that run while `traced` is called."""

    def __init__(self) -> None:
        self.seen: set[CodeType] = set()

    def _record(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self.seen.add(frame.f_code)

    def traced(self, pair: Pair, worker: SymbolicWorker) -> bool | None:
        """The verdict on a pair, with the functions it calls."""
        _empty_caches()
        before = sys.getprofile()
        sys.setprofile(self._record)
        try:
            return compare_answers(*pair, worker=worker).equal
        finally:
            sys.setprofile(before)


@pytest.fixture(scope="module")
def verdicts(worker: SymbolicWorker) -> dict[CodeType, dict[Pair, bool | None]]:
    """By the code of a function, the verdicts with all rules on of the committed pairs that call it."""
    found: dict[CodeType, dict[Pair, bool | None]] = {}
    for pair in committed_pairs():
        calls = Calls()
        equal = calls.traced(pair, worker)
        for code in calls.seen:
            found.setdefault(code, {})[pair] = equal
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(_rules().keys() - NO_RULES.keys()))
def test_a_rule_that_is_switched_off_changes_a_verdict(
    name: str, verdicts: dict[CodeType, dict[Pair, bool | None]], worker: SymbolicWorker
) -> None:
    rule = _rules()[name]
    neutral = _neutral(rule)
    assert neutral is not None
    _switch(rule, neutral)
    try:
        calling = verdicts.get(inspect.unwrap(rule).__code__, {})
        changed = (pair for pair, equal in calling.items() if compare_answers(*pair, worker=worker).equal != equal)
        assert next(changed, None) is not None, f"no committed pair needs {name}"
    finally:
        _switch(neutral, rule)


def test_what_is_excepted_exists() -> None:
    assert NO_RULES.keys() <= _rules().keys()
