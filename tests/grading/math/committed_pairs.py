"""All pairs of answers that the tests of the math grader hold, gathered from their tables."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, NamedTuple

import tests.grading.math as package
from tests.grading.math.equal_pairs import EQUAL
from tests.grading.math.unequal_pairs import UNEQUAL


class Pair(NamedTuple):
    """A target, an answer and the question, if there is one."""

    gold: str
    prediction: str
    question: str | None


def committed_pairs() -> list[Pair]:
    """Every pair of the tables, and of the parameters `gold`, `prediction` and `question` of the tests."""
    found = [Pair(gold, given, None) for table in (EQUAL, UNEQUAL) for rows in table.values() for gold, given in rows]
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name.rpartition(".")[2].startswith("test_"):
            found += _of_module(importlib.import_module(module.name))
    return list(dict.fromkeys(found))


def _of_module(module: Any) -> Iterator[Pair]:
    for value in vars(module).values():
        for mark in getattr(value, "pytestmark", ()):
            if mark.name == "parametrize":
                yield from _of_parameters(mark.args[0], mark.args[1])
        for case in getattr(value, "cases", ()):  # of @all_cases
            values = case.arguments
            if {"gold", "prediction"} <= values.keys():
                yield Pair(values["gold"], values["prediction"], values.get("question"))


def _of_parameters(names: str | tuple[str, ...], rows: Any) -> Iterator[Pair]:
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    if {"gold", "prediction"} <= set(keys):
        for row in rows:
            values = dict(zip(keys, getattr(row, "values", row), strict=True))
            yield Pair(values["gold"], values["prediction"], values.get("question"))
