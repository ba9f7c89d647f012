"""Which program is found in a text, and what is put before it."""

from __future__ import annotations

import contextlib

import pytest

from harness.grading.code.extraction.extract import extract
from harness.grading.code.parsing import ParseBudgetExceeded
from tests.cases import all_cases

_PROMPT = """from math import pi


def twice(x):
    return 2 * x


def area(r: float) -> float:
    '''Area of a disc.'''
"""


@all_cases(
    ("text", "source"),
    [
        ("```python\ndef f(x):\n    return x\n```", "def f(x):\n    return x\n"),
        ("Sure:\n```py\ndef f(x): return x\n```\nUse it so:\n```python\nprint(f(2))\n```", "def f(x): return x\n"),
        ("```\ndef f(x): return 1\n```\nBetter:\n```\ndef f(x): return 2\n```", "def f(x): return 2\n"),
        ("```python\nf = lambda x: x\n```", "f = lambda x: x\n"),
        ("```python\nx = 1\n```\n```python\ny = 2\n```", "y = 2\n"),
        ("```python\ndef f(x):\n    return x", "def f(x):\n    return x"),  # the fence was never closed
        ("- item:\n\n  ```python\n  def f(x):\n      return x\n  ```\n", "def f(x):\n    return x\n"),
        ("~~~python\ndef f(x): return x\n~~~", "def f(x): return x\n"),
        ("def f(x):\n    return x\n", "def f(x):\n    return x\n"),
        (
            "Here is it.\n\nimport re\ndef f(x):\n    return x\n\nIt returns x.",
            "import re\ndef f(x):\n    return x\n\n",
        ),
        ("x = 1\ny = 2\nz = 3\nwell then\ndef f(x): return x\n", "def f(x): return x\n"),
        ("<think>```python\ndef f(x): return 0\n```</think>\ndef f(x): return 1", "def f(x): return 1"),
        (
            "so, f is\n```python\ndef f(x): return 0\n```\n</think>```python\ndef f(x): return 1\n```",
            "def f(x): return 1\n",
        ),
        ("def f(x):\n    return x\n```\n", "def f(x):\n    return x\n"),  # the prompt had opened the fence
        ("def f(x):\n    return x\n```\nIt gives x.\n```\nf(1)\n```", "def f(x):\n    return x\n"),
        ("def f(x):\r\n    return x\r\n", "def f(x):\n    return x\n"),
        (
            "```python\n>>> def f(x):\n...     return x\n...\n>>> f(2)\n2\n```",
            "def f(x):\n    return x\n\nf(2)\n",
        ),
        ("It is short.\n\n    def f(x):\n\n        return x\n\nThat is all.", "def f(x):\n\n    return x\n\n"),
        ("Not so:\n\n    def f(x): return\n\nbut so:\n\n    def f(x): return x", "def f(x): return x"),
    ],
)
def test_the_program_is_found(text: str, source: str) -> None:
    found = extract(text, entry_point="f")
    assert found is not None
    assert found.source == source


@all_cases("text", ["", "I cannot do that.", "42", "```python\n```", "<think>def f(x): return 1"])
def test_a_text_without_a_program_gives_none(text: str) -> None:
    assert extract(text, entry_point="f") is None


@all_cases(
    "text",
    [
        "    return pi * r * r\n",
        "    return pi * r * r\n\nprint(area(1)",  # what follows the body does not parse
        "    return pi * r * r\n```\n\nThis is the area.\n",
        "```python\n    return pi * r * r\n```",
        "```python\nreturn pi * r * r\n```",
        "```python\ndef area(r):\n    return pi * twice(r) * r / 2\n```",
        "def area(r):\n    return pi * r * r\n",
        "The area:\n\ndef area(r):\n    return pi * r * r\n\nDone.",
    ],
)
def test_a_completion_gets_what_the_prompt_gave(text: str) -> None:
    for prompt in (_PROMPT, f"Complete this function.\n\n{_PROMPT}", f"Complete:\n```python\n{_PROMPT}```\nOnly code."):
        found = extract(text, entry_point="area", prompt=prompt)
        assert found is not None
        names: dict[str, object] = {}
        exec(found.source, names)
        area = names["area"]
        assert callable(area)
        assert round(area(2), 6) == 12.566371  # pi * 2 * 2


def test_a_main_program_needs_no_entry_point() -> None:
    found = extract("This reads:\n```python\nprint(input())\n```", entry_point=None)
    assert found is not None
    assert found.source == "print(input())\n"


def test_a_method_is_found_by_its_class() -> None:
    text = (
        "```python\nclass Solution:\n    def add(self, a, b): return a + b\n```\n```python\nSolution().add(1, 2)\n```"
    )
    found = extract(text, entry_point="Solution.add")
    assert found is not None
    assert found.rule == "last fenced block that defines Solution (number 1 of 2, marked python)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n" + "  if x:\n" * 3000,
        "x = (\n" * 2000,
        "f = " + "-" * 500_000 + "1",
        "for me this is prose\n" * 1000 + "def f(x): return x\n",
        "```" * 5000,
    ],
)
def test_a_hostile_text_costs_little(text: str) -> None:
    with contextlib.suppress(
        ParseBudgetExceeded
    ):  # a second at most when this was written; square growth takes minutes
        found = extract(text, entry_point="f")
        assert found is None or found.source in text


_STUB = "from typing import List\n\n\ndef f(a: List[int]) -> int:\n"


@all_cases(
    "text",
    [
        "A helper:\n```python\ndef g(a):\n    return sum(a)\n```\nThen:\n```python\ndef f(a):\n    return g(a)\n```",
        '```python\ndef f(a):\n    """\n    ```\n    f([1])\n    ```\n    """\n    return sum(a)\n```\nDone.',
        "return sum(a)",
        "total = sum(a)\n    return total",
        "[BEGIN]\ndef f(a):\n    return sum(a)\n[DONE]",
    ],
)
def test_a_program_told_in_an_unusual_form_is_found_whole(text: str) -> None:
    found = extract(text, entry_point="f", prompt=_STUB)
    assert found is not None
    names: dict[str, object] = {}
    exec(found.source, names)
    f = names["f"]
    assert callable(f)
    assert f([1, 2, 3]) == 6


def test_an_earlier_block_is_left_out_where_nothing_of_it_is_used() -> None:
    text = "```python\nassert f(1) == 2\n```\n```python\ndef f(a):\n    return a + 1\n```"
    found = extract(text, entry_point="f")
    assert found is not None
    assert "assert" not in found.source


def test_prose_with_the_word_return_is_no_body() -> None:
    assert extract("I would return the sum.", entry_point="f", prompt=_STUB) is None


@all_cases(
    "text",
    [
        "```python\nimport operator\n```\n```python\ndef f(x): return operator.mul(x, 2)\n```",
        "```python\nFACTOR = 2\n```\nthen\n```python\ndef f(x): return x * FACTOR\n```",
        "```python\nfrom operator import *\n```\n```python\ndef f(x): return mul(x, 2)\n```",
        "```python\nA, B = 1, 2\n```\n```python\ndef f(x): return x * B\n```",
        "```python\nFACTOR: int = 2\n```\n```python\ndef f(x): return x * FACTOR\n```",
        "```python\ndef f(x): return x * twice()\n```\nwith\n```python\ndef twice(): return 2\n```",  # told afterwards
        "```py\ndef g(x): return x + h(x)\n```\n```py\ndef h(x): return x\n```\n```py\ndef f(x): return g(x)\n```",
        "\ufeff```python\n\ufeffdef f(x): return 2 * x\n```",
        "\ufeffdef f(x):\n    return 2 * x\n",
        "```python def f(x): return 2 * x```",
        "> ```python\n> def f(x):\n>     return 2 * x\n> ```",
        "```python\ndef f(x): return 2 * x\n```\nIn short:\n```python\ndef f(x):\n    ...\n```",
        "```python\ndef f(x): return 2 * x\n```\nTest:\n```python\nfrom solution import f\nassert f(2) == 4\n```",
        "```js\nfunction f() {}\n```\n```python\ndef f(x): return 2 * x\n```\n```js\nfunction f() {}\n```",
        "```py\nTAG = '<think>'\ndef f(x): return 2 * x\n```",
        "```text\ndef f(x): return 2 * x\n```",  # a wrong mark
        "```python\nfrom operator import pos as f\nf = (lambda x: 2 * x)\n```",
    ],
)
def test_the_program_is_whole(text: str) -> None:
    found = extract(text, entry_point="f")
    assert found is not None
    names: dict[str, object] = {}
    exec(found.source, names)
    f = names["f"]
    assert callable(f)
    assert f(3) == 6


def test_a_built_in_name_is_nothing_that_is_lacking() -> None:
    text = "```python\ninput = None\nassert False\n```\n```python\ndef f(x): return input\n```"
    found = extract(text, entry_point="f")
    assert found is not None
    assert "assert" not in found.source


@all_cases(
    ("text", "pieces"),
    [
        ("Here:\r\n```python\r\ndef f(x):\r\n    return x\r\n```\r\n", ["def f(x):\r\n    return x\r\n"]),
        ("<think>def f</think>```python\ndef f(x): return 1\n```", ["def f(x): return 1\n"]),
        (
            "```python\nA = 1\n```\n```python\ndef f(x): return A\n```",
            ["A = 1\n", "def f(x): return A\n"],
        ),
        ("It is so.\n\nimport re\ndef f(x):\n    return x\n\nGood.", ["import re\ndef f(x):\n    return x\n\n"]),
        ("[BEGIN]\ndef f(x): return x\n[DONE]", ["def f(x): return x\n"]),
    ],
)
def test_spans_are_offsets_of_the_completion(text: str, pieces: list[str]) -> None:
    found = extract(text, entry_point="f")
    assert found is not None
    assert [text[start:end].strip() for start, end in found.spans] == [piece.strip() for piece in pieces]


@all_cases(
    ("text", "touches_end"),
    [
        ("```python\ndef f(x): return x\n```\nIt", False),
        ("```python\ndef f(x): return x\n", True),
        ("```python\ndef f(x): return x\n\ndef g(x):\n    return (x", True),
        ("```python\ndef f(x): return x\n```\nBetter:\n```python\ndef f(x):\n    ret", True),
        ("```python\ndef f(x): return x\n```\nUse:\n```python\nprint(f(", False),
        ("def f(x):\n    return x", True),
        ("def f(x):\n    return x\n\nprint(f(1))", False),
    ],
)
def test_what_a_cut_may_have_shortened_is_told(text: str, touches_end: bool) -> None:
    found = extract(text, entry_point="f")
    assert found is not None
    assert found.touches_end is touches_end
