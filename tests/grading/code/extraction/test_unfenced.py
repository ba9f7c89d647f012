"""Programs in texts without code fences."""

from __future__ import annotations

import pytest

from harness.grading.code.extraction.unfenced import find_unfenced
from harness.grading.code.parsing import PythonReader
from tests.cases import all_cases

_SESSION = """Typed at the prompt:

>>> def area(w, h):
...     return w * h
...
>>> area(2, 5)
10

That is all."""

FOUND = [
    (_SESSION, "area", "def area(w, h):\n    return w * h\n\narea(2, 5)\n"),
    ("def area(w, h):\n    return w * h\n", "area", "def area(w, h):\n    return w * h\n"),
    (
        "代码如下：\n\ndef area(w, h):\n    return w * h\n\n这样就可以了。",
        "area",
        "def area(w, h):\n    return w * h\n\n",
    ),
    ("Here:\n\n    def area(w, h):\n        return w * h\n\nDone.", "area", "def area(w, h):\n    return w * h\n\n"),
    (">>> print(6)\n6\n", None, "print(6)\n"),
]


@all_cases(("text", "name", "source"), FOUND)
def test_the_program_is_found(text: str, name: str | None, source: str) -> None:
    found = find_unfenced(text, name, "", PythonReader())
    assert found is not None
    assert found.source == source


def test_a_session_begins_and_ends_at_its_prompts() -> None:
    found = find_unfenced(_SESSION, "area", "", PythonReader())
    assert found is not None
    assert _SESSION[found.start : found.end].startswith(">>> def area")
    assert _SESSION[found.start : found.end].endswith(">>> area(2, 5)")


@pytest.mark.parametrize("text", [">>> area(2, 5)\n10\n", "The area is w times h.", ">>> def area(w, h:\n"])
def test_a_text_that_does_not_define_the_function_holds_none(text: str) -> None:
    found = find_unfenced(text, "area", "", PythonReader())
    assert found is None or "def area" not in found.source
