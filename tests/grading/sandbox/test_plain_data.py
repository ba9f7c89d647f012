"""Tagged plain data keeps every value and its exact type, and refuses everything else."""

from __future__ import annotations

import json
from collections import Counter, namedtuple
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.grading.sandbox.plain_data import MAX_DEPTH, NotPlainData, decode, encode, exact_number, exact_number_of
from tests.cases import all_cases

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**1030, max_value=2**1040),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.complex_numbers(allow_nan=False),
)
_hashable = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner), max_leaves=8
)
_values = st.recursive(
    _hashable,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.sets(_hashable) | st.dictionaries(_hashable, inner),
    max_leaves=12,
)


@settings(max_examples=20)
@given(_values)
def test_a_value_survives_the_way_through_json_with_its_type(value: object) -> None:
    back = decode(json.loads(json.dumps(encode(value))))
    assert back == value
    assert type(back) is type(value)


Pair = namedtuple("Pair", "left right")


@all_cases(
    ("value", "base"),
    [
        (Counter("aab"), {"a": 2, "b": 1}),
        (Pair(1, 2), (1, 2)),
        (type("Sly", (str,), {"__eq__": lambda self, other: True, "__hash__": str.__hash__})("x"), "x"),
        (type("Wide", (int,), {"__index__": lambda self: 7})(3), 3),
        (bytearray(b"ab"), b"ab"),
    ],
)
def test_an_instance_of_a_subclass_becomes_its_base(value: object, base: object) -> None:
    back = decode(encode(value))
    assert type(back) is type(base)
    assert base == back


@all_cases("value", [object(), iter([]), len, range(3), [1, {2: print}]])
def test_what_has_no_plain_form_is_refused(value: object) -> None:
    with pytest.raises(NotPlainData):
        encode(value)


@all_cases(
    "wire",
    [
        {},
        {"v": [1]},
        {"#": "pickle", "v": "00"},
        {"#": "set", "v": [[]]},
        {"#": "bytes", "v": "zz"},
        {"#": "int", "v": "x"},
        {"#": "complex", "v": ["x", 1]},
        {"#": "dict", "v": [[1, 2, 3]]},
        {"#": "dict", "v": ["ab"]},
    ],
)
def test_a_form_that_encode_never_writes_is_refused(wire: object) -> None:
    with pytest.raises(NotPlainData):
        decode(wire)


@all_cases(
    "value",
    [Decimal(40), Decimal("-0.10"), Decimal("1E+30"), Decimal("Infinity"), Fraction(-2, 3), Fraction(2**1100, 3)],
)
def test_a_decimal_or_fraction_keeps_its_value_and_type_in_a_form_of_its_own(value: object) -> None:
    with pytest.raises(NotPlainData):
        encode(value)
    form = json.loads(json.dumps(exact_number(value)))
    back = exact_number_of(form)
    assert (back, str(back), type(back)) == (value, str(value), type(value))
    with pytest.raises(NotPlainData):
        decode(form)


@all_cases("value", [1, 1.5, "1", type("D", (Decimal,), {})(1), Decimal("1E+99999"), Fraction(1, 10**9999)])
def test_no_other_number_has_that_form_and_none_that_is_dear_to_read(value: object) -> None:
    assert exact_number(value) is None


@pytest.mark.parametrize(
    "form", [{"#": "Decimal", "v": "x"}, {"#": "Fraction", "v": [1, 0]}, {"#": "Fraction", "v": [1.5, 1]}]
)
def test_a_form_of_no_decimal_or_fraction_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(NotPlainData):
        exact_number_of(form)


def test_a_value_nested_too_deep_is_refused_on_both_ways() -> None:
    value: list[object] = []
    for _ in range(MAX_DEPTH + 2):
        value = [value]
    with pytest.raises(NotPlainData, match="nested deeper"):
        encode(value)
    with pytest.raises(NotPlainData, match="nested deeper"):
        decode(value)


def test_a_class_that_claims_another_is_not_taken_for_it() -> None:
    liar = type("Liar", (), {"__class__": property(lambda self: int)})()
    with pytest.raises((NotPlainData, TypeError)):
        encode(liar)
