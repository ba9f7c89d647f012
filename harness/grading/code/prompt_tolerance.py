"""The error that a problem allows for the numbers a main program prints, read from its own words.

Contest problems say it in a few set phrases: "absolute or relative error of at most 10^{-6}", "within 1e-9". Such a
problem has many right outputs, and its published cases hold one of them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from harness.grading.code.case_specs import StdinTests

_ERROR = r"(?:absolute|relative)?(?: or (?:absolute|relative))? ?(?:error|difference|tolerance|precision)"
_BOUND = (
    r"(?:is |does |must |should |of |with |within |by |not |be |at most |up to |less than |exceeds? |exceeding |than "
    r"|<=? ?|≤ ?|\\leq? ?)+"
)


def _power(prefix: str) -> str:
    """10^{-6}, 1e-6 or 0.000001; a group of a pattern may not come twice under one name."""
    exponent = rf"10\s*\^\s*\{{?\s*[-−](?P<{prefix}power>\d{{1,2}})\s*\}}?|1e-(?P<{prefix}e>\d{{1,2}})"
    return rf"(?:{exponent}|0?\.(?P<{prefix}zeros>0{{0,14}})1)\b"


_ALLOWED = re.compile(
    rf"{_ERROR} {_BOUND}\$*\s*{_power('')}|within(?: an?)?(?: {_ERROR} of)? \$*{_power('w_')}", re.IGNORECASE
)


def stated_tolerance(prompt: str) -> float | None:
    """The allowed absolute or relative error, the smallest that is stated; None where the problem states none."""
    found = [_value(match) for match in _ALLOWED.finditer(" ".join(prompt.split()))]
    return min(found, default=None)


def _value(match: re.Match[str]) -> float:
    groups = match.groupdict()
    for prefix in ("", "w_"):
        if (digits := groups[f"{prefix}power"] or groups[f"{prefix}e"]) is not None:
            return float(f"1e-{digits}")
        if (zeros := groups[f"{prefix}zeros"]) is not None:
            return float(f"1e-{len(zeros) + 1}")
    raise AssertionError(match[0])


def with_tolerance(tests: StdinTests, tolerance: float) -> StdinTests:
    """The tests with that tolerance for cases that have none of their own."""
    return replace(
        tests,
        cases=tuple(case if case.tolerance is not None else replace(case, tolerance=tolerance) for case in tests.cases),
    )
