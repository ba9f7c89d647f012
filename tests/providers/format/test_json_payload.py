"""Payloads are decoded without surprises: exact fractions, no NaN, nothing raised but InvalidJson."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Json
from harness.providers.format.json_payload import InvalidJson, decode, get_path, shorten, to_plain_json, well_formed
from tests.cases import all_cases


def test_fractions_are_exact_and_constants_of_javascript_are_words() -> None:
    assert decode(b'{"cost": 0.1, "nan": NaN, "big": 1e999999999999999999999}') == {
        "cost": Decimal("0.1"),
        "nan": "NaN",
        "big": "1e999999999999999999999",
    }


@all_cases("data", [b"", b"{", b"\xff", b"{} {}", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json_is_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(InvalidJson):
        decode(data)


def test_a_byte_order_mark_and_white_space_are_no_damage() -> None:
    assert decode(b"\xef\xbb\xbf {} \n") == {}


@pytest.mark.slow
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_what_python_writes_is_read_back(value: Json) -> None:
    assert decode(json.dumps(value).encode()) == value


@all_cases(
    ("path", "value"), [("a.b", 1), ("a.c.0.d", 2), ("a.c.1", None), ("a.b.c", None), ("x.y", None), ("n.m", None)]
)
def test_a_path_that_leads_nowhere_is_none(path: str, value: object) -> None:
    assert get_path({"a": {"b": 1, "c": [{"d": 2}]}, "n": None}, path) == value


def test_a_character_split_over_two_escapes_is_joined_and_a_half_is_replaced() -> None:
    assert well_formed("\ud83d\ude00") == "\U0001f600"
    assert well_formed("a\ud83d") == "a�"


def test_depth_and_length_have_ends() -> None:
    deep: Json = "x"
    for _ in range(50):
        deep = [deep]
    assert "nested too deeply" in json.dumps(to_plain_json(deep))
    assert shorten("a  b\nc", limit=4) == "a b…"
    assert to_plain_json([Decimal("0.5"), Decimal("1E+999")]) == [0.5, "1E+999"]
