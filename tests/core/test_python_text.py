"""Source of others is parsed without a warning, and what is no Python is refused."""

from __future__ import annotations

import ast

import pytest

from harness.core.python_text import parse_python


def test_an_invalid_escape_is_parsed_without_a_warning() -> None:
    (statement,) = parse_python('PATTERN = "\\w+"').body  # warnings are errors in the tests
    assert isinstance(statement, ast.Assign)
    assert ast.literal_eval(statement.value) == r"\w+"


@pytest.mark.parametrize(("source", "error"), [("def f(:", SyntaxError), ("x = 1\x00", (SyntaxError, ValueError))])
def test_what_is_no_python_is_refused(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_python(source)
