"""Results of single tests, from what test programs print: `pytest -rA`, unittest or Django with verbosity 2, SymPy.

Names are those of SWE-bench's rows, which its own readers of logs made (swebench/harness/log_parsers/python.py,
2026-11): a pytest name ends at its first blank, a path as a parameter is cut to its last part, and Matplotlib's mouse
buttons are numbers. Each form of a name is kept. A name that stands for several tests has passed where all have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PYTEST = re.compile(r"^(PASSED|XFAIL|FAILED|ERROR)\s+(\S.*?)(?: - .*)?$")
_UNITTEST = re.compile(r"^(\S.*?) \.\.\. (ok|expected failure|FAIL|ERROR)$")
_BEGUN = re.compile(r"^(\S.*?) \.\.\. (?!skipped)")
_SYMPY = re.compile(r"^(test_\w+) (ok|F|E)(?:\s+\[\w+\])?$")
_PATH_PARAMETER = re.compile(r"^(.*?)\[(/(?!/)[^*]*)\]$")
_ENDS = frozenset({"ok", "FAIL", "ERROR"})
_PASSED = frozenset({"PASSED", "XFAIL", "ok", "expected failure"})


def read_outcomes(output: str) -> dict[str, bool]:
    """Which tests passed, by name. Skipped ones are not in it."""
    found: dict[str, bool] = {}
    for status, name in _results(output):
        for each in _forms(name):
            found[each] = found.get(each, True) and status in _PASSED
    return found


def _results(output: str) -> Iterator[tuple[str, str]]:
    """The status and the name of each test, in the order of the output."""
    begun: str | None = None
    for line in output.splitlines():
        if match := _PYTEST.match(line):
            yield match[1], match[2]
            yield match[1], match[2].split()[0]
        elif (match := _UNITTEST.match(line)) or (match := _SYMPY.match(line.rstrip())):
            yield match[2], match[1]
            begun = None
        elif match := _BEGUN.match(line):  # the test prints something before its result
            begun = match[1]
        elif begun is not None and line.strip() in _ENDS:
            yield line.strip(), begun
            begun = None


def _forms(name: str) -> set[str]:
    names = {name, name.replace("MouseButton.LEFT", "1").replace("MouseButton.RIGHT", "3")}
    if match := _PATH_PARAMETER.match(name):
        names.add(f"{match[1]}[/{match[2].rpartition('/')[2]}]")
    return names
