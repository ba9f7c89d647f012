"""What a gate says as text for a log, Markdown and JSON.

A block for each row with a line for each check; what failed stands once more at the end. Not here: the findings (gate).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from harness.report.gate.build import GateReport
from harness.report.gate.check_result import CheckOutcome, GateCheckResult
from harness.report.render.mode import mark_simulated, mode_of
from harness.report.render.table import align_columns, markdown, wrap_note

HEADER = ["check", "baseline", "this run", "result", "why"]
BEFORE_WHY = 4


def as_text(found: GateReport) -> str:
    """For a log: the blocks, the notes, and last what a reader looks for."""
    parts = [_headline(found), ""]
    blocks = [[HEADER, *map(_cells, lines)] for _, lines in _rows(found)]
    widths = [max(len(cells[place]) for block in blocks for cells in block) for place in range(BEFORE_WHY)]
    for (title, _), block in zip(_rows(found), blocks, strict=True):
        even = [
            [*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[-1]] for cells in block
        ]
        parts += [title, *(f"  {line}" for line in align_columns(even, left=len(HEADER))), ""]
    for note in found.notes:
        parts += wrap_note(note, following="  ")
    parts += ["", *_ending(found)]
    return "\n".join(parts).rstrip() + "\n"


def as_markdown(found: GateReport) -> str:
    """For a job's summary page."""
    parts = [f"# {_headline(found)}", "", *(f"- {line.strip()}" for line in _ending(found)), ""]
    for title, lines in _rows(found):
        parts += [f"## {title}", "", *markdown([HEADER, *map(_cells, lines)]), ""]
    parts += ["## Notes", "", *(f"- {note}" for note in found.notes or ("none",)), ""]
    return "\n".join(parts)


def as_json(found: GateReport) -> str:
    """Every finding as an object; `exit_code` is the command's."""
    record = {
        "run": found.run,
        "baseline": found.baseline,
        "mode": found.mode,
        "exit_code": found.exit_code,
        "findings": [
            {
                "task": one.task,
                "model": one.model,
                "mode": mode_of([one.simulated]),
                "check": one.check,
                "baseline": one.then,
                "now": one.now,
                "result": one.outcome.name.lower(),
                "ruling": FORMER_KEYS[one.outcome],
                "why": one.why,
            }
            for one in found.findings
        ],
        "notes": list(found.notes),
    }
    return json.dumps(record, indent=1, ensure_ascii=False)


FORMER_KEYS = {
    CheckOutcome.PASSED: "held",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.INCONCLUSIVE: "open",
    CheckOutcome.SKIPPED: "nothing",
}
"""Values of the key `ruling`, which stays beside `result` for one release."""


def _headline(found: GateReport) -> str:
    return f"gate of {found.run} against {found.baseline} · {found.mode} · {_outcome(found)}"


def _outcome(found: GateReport) -> str:
    made = len(found.findings) - found.count(CheckOutcome.SKIPPED)
    for ruling, words in ((CheckOutcome.FAILED, "FAILED"), (CheckOutcome.INCONCLUSIVE, "inconclusive")):
        if found.count(ruling):
            return f"{words}: {found.count(ruling)} of {made} checks"
    if not made:
        return "inconclusive: nothing could be checked"
    left = found.count(CheckOutcome.SKIPPED)
    return f"passed: all {made} checks" + (f"; {left} skipped (-)" if left else "")


def _ending(found: GateReport) -> Iterator[str]:
    yield _outcome(found)
    for one in found.findings:
        if one.outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE):
            change = f"{one.then} -> {one.now}: " if one.then or one.now else ""
            yield f"  {one.model} on {one.task}: {one.check} {one.outcome.value}: {change}{one.why}"


def _rows(found: GateReport) -> Iterator[tuple[str, list[GateCheckResult]]]:
    for (task, model, simulated), lines in groupby(
        found.findings, key=lambda one: (one.task, one.model, one.simulated)
    ):
        yield f"{task} · {mark_simulated(model, simulated=simulated)}", list(lines)


def _cells(one: GateCheckResult) -> list[str]:
    return [one.check, one.then, one.now, one.outcome.value, one.why]
