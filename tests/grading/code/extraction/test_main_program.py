"""For a main program the block is taken that runs by itself, and not what is shown behind it."""

from __future__ import annotations

import pytest

from harness.grading.code.extraction.extract import extract
from tests.cases import all_cases

_READS = "n = int(input())\nprint(n + 1)\n"


def _block(source: str, mark: str = "python") -> str:
    return f"```{mark}\n{source}```\n"


@all_cases(
    "behind",
    [
        "Example input:\n```\n3\n```\nExample output:\n```\n4\n```",
        "Run it:\n```bash\npython3 a.py < in.txt\n```",
        "```text\nn + 1\n```",
        "```\nn = 3\n```",  # an explanation, which happens to be Python
        "```python\nprint(n + 1)\n```\nis the line that counts.",  # quoted: it lacks `n`
        "```python\n# O(1)\n```",
        "```python\ndef test():\n    assert True\n```",
        "```python\nprint(3 + 1)  # 4\n```",  # writes, and reads nothing
        "```js\nconsole.log(1)\n```",
        "```python\nimport io, sys\n```",
    ],
)
def test_what_stands_behind_the_program_is_none(behind: str) -> None:
    found = extract(f"Here:\n{_block(_READS)}{behind}", entry_point=None)
    assert found is not None
    assert found.source == _READS


@all_cases(
    ("text", "source"),
    [
        (_block("print(1)\n") + "better:\n" + _block(_READS), _READS),
        (_block(_READS) + "better:\n" + _block("print(int(input()) + 2)\n"), "print(int(input()) + 2)\n"),
        (_block("def g(n):\n    return n\n") + _block("print(g(int(input())))\n"), None),
        (_block("n = int(input())\n") + "then\n" + _block("print(n + 1)\n"), None),
        (_block("import sys\n") + _block("print(sys.stdin.read())\n"), "import sys\n\nprint(sys.stdin.read())\n"),
        (_block("from math import *\n") + _block("print(sqrt(int(input())))\n"), None),
        (_block("from math import *\nprint(sqrt(int(input())))\n"), None),
        (_block("print(1)\n", ""), "print(1)\n"),
        (_block("def main():\n    print(input())\n"), "def main():\n    print(input())\n"),  # it is never called
        ("print(input())\n```\nThis prints it.", "print(input())\n"),  # the prompt had opened the fence
        ("print(input())\n", "print(input())\n"),
        (_block(_READS, "text"), _READS),  # the only program there is, under a wrong mark
    ],
)
def test_the_whole_program_is_taken(text: str, source: str | None) -> None:
    found = extract(text, entry_point=None)
    assert found is not None
    if source is None:  # all blocks, in their order
        source = "\n".join(part.split("```")[0] for part in text.split("```python\n")[1:])
    assert found.source == source


def test_a_later_attempt_that_is_broken_is_the_answer() -> None:
    found = extract(_block(_READS) + "Faster:\n" + _block("print(int(input())\n"), entry_point=None)
    assert found is not None
    assert found.source == "print(int(input())\n"


@pytest.mark.parametrize("text", ["```bash\nls\n```", "```\n3\n```\n", "the answer is 4"])
def test_where_there_is_no_program_there_is_none(text: str) -> None:
    found = extract(text, entry_point=None)
    assert found is None or "print" not in found.source
