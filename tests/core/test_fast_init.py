"""A dataclass made faster is the same as without."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from harness.core.fast_init import fast_init


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    name: str
    count: int | None = None
    waits: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count == -1:
            raise ValueError("count is -1")


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Fast:
    name: str
    count: int | None = None
    waits: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count == -1:
            raise ValueError("count is -1")


def test_fields_and_defaults_are_those_of_the_dataclass() -> None:
    one = Fast(name="a")
    assert (one.name, one.count, one.waits) == ("a", None, {})
    assert one.waits is not Fast(name="a").waits
    assert type(one) is Fast
    assert inspect.signature(Fast) == inspect.signature(Plain)


def test_a_value_stays_frozen() -> None:
    one = Fast(name="a", count=1)
    with pytest.raises(FrozenInstanceError):
        one.count = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del one.count
    assert one.count == 1


def test_copies_pickles_and_replacements_are_equal() -> None:
    one = Fast(name="a", waits={"queue": 1.0})
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert replace(one, count=2) == Fast(name="a", count=2, waits={"queue": 1.0})


def test_what_the_dataclass_refuses_is_refused() -> None:
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'name'"):
        Fast()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'cuont'"):
        Fast(name="a", cuont=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="count is -1"):
        Fast(name="a", count=-1)
