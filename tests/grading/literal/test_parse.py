"""Reading a literal: what is accepted, what is refused and why, and that nothing is ever computed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.grading.literal.parse import MAX_CHARACTERS, LiteralLimitExceeded, LiteralSyntaxError, literal
from tests.cases import all_cases

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
keys = scalars | st.text(max_size=5) | st.binary(max_size=5) | st.tuples(st.integers(), st.text(max_size=2))
values = st.recursive(
    keys,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | st.sets(keys, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_what_python_writes_is_read_back_with_its_types(value: object) -> None:
    found = literal(repr(value))
    assert found == value
    assert type(found) is type(value)


@all_cases(
    ("text", "value"),
    [
        ("set()", set()),
        ("'a' 'b'", "ab"),
        ("  [1,\n 2]  ", [1, 2]),
        ("1 - 2j", 1 - 2j),
        ("0x10", 16),
        ("assert f([1], 2) == [3]", [3]),
        ("f(1) == {'a': 1}", {"a": 1}),
        ("result = (1,)", (1,)),
    ],
)
def test_forms_that_state_a_value(text: str, value: object) -> None:
    assert literal(text) == value


@all_cases(
    ("text", "why"),
    [
        ("", "0 statements"),
        ("hello", "'hello' is no literal"),
        ("1 + 1", r"'1 \+ 1' is no literal"),
        ("[0] * 3", "is no literal"),
        ("dict(a=1)", "is no literal"),
        ("__import__('os').getcwd()", "is no literal"),
        ("f'{1}'", "is no literal"),
        ("-True", "a sign before 'True'"),
        ("{[]: 1}", "unhashable"),
        ("{**{}}", r"'\*\*' inside a dict"),
        ("...", "is no literal"),
        ("1; 2", "2 statements"),
        ("import os", r"a statement \(import\)"),
        ("[1, 2", "not Python"),
        ("\x00", "not Python|cannot be read"),
        ("9" * 5_000, "not Python|cannot be read"),
        ("9**9**9", "is no literal"),
    ],
)
def test_what_is_no_literal_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(LiteralSyntaxError, match=why):
        literal(text)


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    reasons = []
    try:
        literal(text)
    except LiteralSyntaxError as error:
        reasons.append(str(error))
    assert all(reasons)


@all_cases(
    ("text", "why"),
    [
        ("(" * 61 + ")" * 61, "nested deeper than 60"),
        ("-" * 19_999 + "1", "gave up|too deep"),
        ("1 if 1 else " * 1_500 + "1", "gave up|too deep"),
        (" " * (MAX_CHARACTERS + 1), "longer than"),
    ],
)
def test_a_limit_is_no_finding_about_the_text(text: str, why: str) -> None:
    with pytest.raises(LiteralLimitExceeded, match=why):
        literal(text)
