"""What a session prints at its end: the table, what is missing and why, the command to type next, the reports."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.render.number_format import dollars
from harness.report.run_data.load import RunData
from harness.report.run_report.build import RunReport, build_run_report
from harness.report.run_report.page import as_html
from harness.report.run_report.render import as_csv, as_json, as_markdown, as_text
from harness.run.execution.budget_guard import BudgetShortfall
from harness.run.execution.engine import RunOutcome
from harness.store.log import write_whole
from harness.store.run_dir import RunDir

if TYPE_CHECKING:
    from harness.report.speed.build import SpeedReport

FORMATS = {"text": as_text, "md": as_markdown, "csv": as_csv, "json": as_json, "html": as_html}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What a run's reports are written from: its comparison, and for `harness speed` the tables of speed."""

    folder: RunDir
    comparison: RunReport
    speed: SpeedReport | None

    def rendered(self, form: str) -> str:
        """The report in one of FORMATS."""
        if self.speed is not None:
            from harness.report.speed.render import rendered  # intervals take half a second to import

            return rendered(self.speed, form)
        return FORMATS[form](self.comparison)

    def write(self) -> None:
        """Write report.md and report.html into the run folder. Raises LocalError when the disk refuses."""
        for form in ("md", "html"):
            write_whole(self.folder.path / f"report.{form}", self.rendered(form).encode())


def view_run(folder: RunDir) -> RunView:
    """Derive the comparison from the files of a run, reading its call log once."""
    data = RunData.load(folder)
    if data.manifest.kind == "speed":
        from harness.report.speed.build import build_speed_report  # see RunView.rendered

        speed = build_speed_report(data)
        return RunView(folder=folder, comparison=speed.comparison, speed=speed)
    return RunView(folder=folder, comparison=build_run_report(data), speed=None)


def print_run_summary(view: RunView, outcome: RunOutcome, *, was_stopped: bool) -> None:
    """The table on standard output; what went wrong and how to go on, on standard error."""
    folder, comparison = view.folder, view.comparison
    print(view.rendered("text"))
    print(f"report: {folder.path / 'report.html'} (and report.md)")
    sys.stdout.flush()
    for line in _troubles(outcome, was_stopped=was_stopped):
        print(line, file=sys.stderr)
    if not comparison.is_complete:
        command = comparison.manifest.kind
        higher = " --max-usd MORE" if outcome.unfunded_jobs else ""  # the ceiling of before would stop it at once again
        print(f"resume with: harness {command} --resume {folder.path}{higher}", file=sys.stderr)
        print("   (no answer that arrived is paid twice)", file=sys.stderr)
    elif comparison.manifest.kind == "run" and comparison.manifest.stopped_early is None:
        failed = sum(summary.failed for table in comparison.tables for summary in table.summaries)
        if failed:
            again = f"harness run --resume {folder.path} --retry-failed"
            print(f"{failed} {'job' if failed == 1 else 'jobs'} failed; send them again with: {again}", file=sys.stderr)


def _troubles(outcome: RunOutcome, *, was_stopped: bool) -> list[str]:
    lines = [f"harness: {outcome.trouble}"] if outcome.trouble else []
    lines += [f"harness: {label}: {why}" for label, why in outcome.closed.items()]
    if outcome.unfunded_jobs:
        missing = ", ".join(f"{label} {count}" for label, count in outcome.unfunded_jobs.items())
        lines.append(
            f"harness: the ceiling left no room for {missing} jobs; a higher --max-usd with --resume sends them"
        )
    if outcome.shortage is not None:
        lines.append(f"harness: {_shortage(outcome.shortage)}")
    if was_stopped and not outcome.trouble:
        lines.append("harness: stopped before the end; all that was paid is kept")
    return lines


def _shortage(shortage: BudgetShortfall) -> str:
    """How much the cheapest of the jobs left out would have needed."""
    if not shortage.needed_usd.is_finite():
        return "the cost of a job left out has no bound, so it fits under no ceiling"
    models = f", for all {shortage.models} models alike" if shortage.models > 1 else ""
    left = "" if shortage.left_usd is None else f"; ${dollars(shortage.left_usd)} is left"
    return f"the smallest job left out must be able to cost ${dollars(shortage.needed_usd)} at worst{models}{left}"
