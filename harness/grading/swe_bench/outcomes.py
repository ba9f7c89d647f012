"""Results of single tests, from what test programs print: `pytest -rA`, and unittest or Django with verbosity 2.

SWE-bench names a pytest test by the first word of its line, so a name with a blank in it is cut there; both forms are
kept. A name that stands for several tests has passed where all of them have.
"""

from __future__ import annotations

import re

_PYTEST = re.compile(r"^(PASSED|XFAIL|FAILED|ERROR)\s+(\S.*?)(?: - .*)?$")
_UNITTEST = re.compile(r"^(\S.*?) \.\.\. (ok|expected failure|FAIL|ERROR)$")
_PASSED = frozenset({"PASSED", "XFAIL", "ok", "expected failure"})


def read_outcomes(output: str) -> dict[str, bool]:
    """Which tests passed, by name. Skipped ones are not in it."""
    found: dict[str, bool] = {}
    for line in output.splitlines():
        if match := _PYTEST.match(line):
            status, name = match[1], match[2]
            names = {name, name.split()[0]}
        elif match := _UNITTEST.match(line):
            status, names = match[2], {match[1]}
        else:
            continue
        for each in names:
            found[each] = found.get(each, True) and status in _PASSED
    return found
