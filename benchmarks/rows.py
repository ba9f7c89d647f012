"""The rows of the table of `python -m benchmarks`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure; `other` is the bare loop's, `ratio` ours over it. `is_met` None: there is no goal for it, or it was
    not measured: `missing` says what that takes.
    """

    what: str
    ours: str
    other: str = ""
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None
    missing: str = ""

    @property
    def cells(self) -> list[str]:
        verdict = {True: "met", False: "missed", None: self.missing}[self.is_met]
        return [self.what, self.ours, self.other, self.ratio, self.goal, verdict]


HEAD = ["figure", "harness", "bare aiohttp", "ratio", "goal", "verdict"]
