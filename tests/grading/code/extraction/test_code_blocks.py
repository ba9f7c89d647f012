"""The blocks of a text: where their content stands, what language they are marked with, where they end."""

from __future__ import annotations

from harness.grading.code.extraction.code_blocks import CodeBlock, code_blocks
from harness.grading.code.parsing import PythonReader
from tests.cases import all_cases


def _blocks(text: str) -> list[CodeBlock]:
    return code_blocks(text, PythonReader())


@all_cases(
    ("text", "sources"),
    [
        ("no block", []),
        ("```\nx = 1\n```", ["x = 1\n"]),
        ("~~~\nx = 1\n~~~\n```\ny = 2\n```", ["x = 1\n", "y = 2\n"]),
        ("````\n```\nx\n```\n````", ["```\nx\n```\n"]),  # a longer fence holds shorter ones
        ("```\nx = 1\n`````", ["x = 1\n"]),  # a longer fence ends it as well
        ("- a\n\n  ```py\n  if x:\n      y\n  ```", ["if x:\n    y\n"]),
        ("> ```py\n> x = 1\n>\n> y = 2\n> ```\n", ["x = 1\n\ny = 2\n"]),
        (">> ```py\n>> x = 1\n>> ```\n", ["x = 1\n"]),
        ("```python x = 1```", ["x = 1\n"]),
        ("```\n```", []),
        ("see ```x = 1``` there", []),
        ("```py\n>>> x = 1\n>>> x\n1\n```", ["x = 1\nx\n"]),
        ('```py\ns = """\n```\n"""\nt = 1\n```\nend', ['s = """\n```\n"""\nt = 1\n']),  # a fence in a string
        ("```py\nx = 1", ["x = 1"]),
        ("```py\nx = (\n```\nprose\n```\ny\n```", ["x = (\n", "y\n"]),  # broken code ends at its own fence
    ],
)
def test_the_content_of_each_block(text: str, sources: list[str]) -> None:
    assert [block.source for block in _blocks(text)] == sources


@all_cases(
    ("info", "is_python", "is_foreign"),
    [
        ("python", True, False),
        ("Python3", True, False),
        ("py", True, False),
        ('python3 title="solution.py"', True, False),
        ("{.python .numberLines}", True, False),
        ("python3.11", True, False),
        ("python:solution.py", True, False),
        ("solution.py", True, False),
        ("pypy3", True, False),
        ("pycon", True, False),
        ("", False, False),
        ("code", False, False),
        ("bash", False, True),
        ("text", False, True),
        ("output", False, True),
        ("c++", False, True),
        ("diff", False, True),
        ("pytest-output", False, True),
    ],
)
def test_the_language_of_a_block(info: str, is_python: bool, is_foreign: bool) -> None:
    (block,) = _blocks(f"```{info}\nx = 1\n```")
    assert (block.is_python, block.is_foreign) == (is_python, is_foreign)


def test_offsets_and_ends() -> None:
    text = "a\n```py\nx = 1\n```\n> ```\n> y\n"
    first, second = _blocks(text)
    assert text[first.start : first.end] == "x = 1\n"
    assert first.is_closed
    assert text[second.start : second.end] == "> y\n"
    assert not second.is_closed


def test_many_fences_cost_little() -> None:
    assert len(_blocks("```\nx\n```\n" * 20_000)) == 20_000  # under a second; square growth would take hours
