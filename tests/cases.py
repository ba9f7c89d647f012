"""Many cases: all of a parametrization in one test, for those of a moment; a third of them a day, for those of minutes.

pytest spends about 2 ms on a test beside its body, which for thousands of short cases is most of the suite's time.
`@all_cases` stands in place of `@pytest.mark.parametrize`: every case runs, and the failure lists each that failed.
Keep `parametrize` where a case needs a fixture of its own (`tmp_path`, `monkeypatch`, `capsys`) or takes long.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import pytest
from _pytest.mark import ParameterSet

Test = Callable[..., None]
T = TypeVar("T")
DAYS = 3
"""A long test of many cases tries every third of them a day, so that three days see all."""
TODAY = int(os.environ.setdefault("DAY_OF_TESTS", str(datetime.now(UTC).toordinal())))
"""The day (UTC) that the run began, one for all its processes: tests/conftest.py reads it before they start."""
FIXTURES_OF_ONE_CASE = {"tmp_path", "monkeypatch", "capsys", "capfd", "caplog", "recwarn", "request"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`id`: as pytest would name it. `arguments`: by the name of the parameter."""

    id: str
    arguments: Mapping[str, object]


def all_cases(
    names: str | Sequence[str],
    values: Iterable[object],
    *,
    ids: Iterable[str] | Callable[[Any], object] | None = None,
) -> Callable[[Test], Test]:
    """Parametrize as `pytest.mark.parametrize` does, stacked too, but run all cases in one test.

    Raises TypeError where the test asks for a fixture that every case needs for itself, and where a case has a mark.
    """
    parameters = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    words = iter(ids) if isinstance(ids, Iterable) else None
    name = ids if callable(ids) else None
    cases = [
        _case(parameters, value, at, id_=next(words) if words else None, name=name) for at, value in enumerate(values)
    ]
    if not cases:
        raise TypeError(f"no case of {', '.join(parameters)}")

    def decorate(test: Test) -> Test:
        inner: Sequence[Case] = getattr(test, "cases", ())
        body: Test = getattr(test, "body", test)
        product = [_joined(one, other) for one in inner for other in cases] if inner else cases
        return _one_test(body, product)

    return decorate


def part_of_the_day(cases: Sequence[T]) -> Sequence[T]:
    """Every DAYS-th case, each day others."""
    return cases[TODAY % DAYS :: DAYS]


def _one_test(body: Test, cases: Sequence[Case]) -> Test:
    signature = inspect.signature(body)
    fixtures = [each for name, each in signature.parameters.items() if name not in cases[0].arguments]
    if own := FIXTURES_OF_ONE_CASE & {each.name for each in fixtures}:
        raise TypeError(f"{body.__name__} asks for {', '.join(sorted(own))}: use pytest.mark.parametrize")

    @wraps(body)
    def test(**fixtures: object) -> None:
        found = [(case.id, _failure(body, case, fixtures)) for case in cases]
        errors = [error for _, error in found if error is not None]
        if errors:
            failed = "; ".join(id_ for id_, error in found if error is not None)
            raise BaseExceptionGroup(f"{len(errors)} of {len(cases)} cases failed: {failed}", errors)

    test.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
    test.body, test.cases = body, cases  # type: ignore[attr-defined]
    return test


def _failure(body: Test, case: Case, fixtures: Mapping[str, object]) -> BaseException | None:
    """What the case raises, with its id. A skip counts as failure; a timeout of the whole test ends all cases."""
    try:
        body(**fixtures, **case.arguments)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
        error.add_note(f"in case {case.id}")
        if "pytest-timeout" in str(error):
            raise
        return error
    return None


def _case(
    names: Sequence[str], value: object, at: int, *, id_: str | None, name: Callable[[object], object] | None
) -> Case:
    parameters = ParameterSet.extract_from(value, force_tuple=len(names) == 1)
    if parameters.marks or len(parameters.values) != len(names):
        raise TypeError(f"case {at} has a mark, or not one value for each of {', '.join(names)}: {value!r}")
    if id_ is None and isinstance(parameters.id, str):
        id_ = parameters.id
    if id_ is None:
        id_ = "-".join(_word(each, found, name, at) for each, found in zip(names, parameters.values, strict=True))
    return Case(id=id_, arguments=dict(zip(names, parameters.values, strict=True)))


def _word(parameter: str, value: object, name: Callable[[object], object] | None, at: int) -> str:
    """The value's part of an id: a plain value itself, a name where it has one, else the parameter and place."""
    if name is not None and (word := name(value)) is not None:
        return str(word)
    if isinstance(value, str):
        return value.encode("unicode_escape").decode()
    if value is None or isinstance(value, int | float | complex | bytes):
        return str(value)
    named = getattr(value, "__name__", getattr(value, "name", None))
    return named if isinstance(named, str) else f"{parameter}{at}"


def _joined(one: Case, other: Case) -> Case:
    return Case(id=f"{one.id}-{other.id}", arguments={**one.arguments, **other.arguments})
