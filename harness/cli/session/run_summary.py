"""What a session prints at its end: the table, what is missing and why, the command to type next, the reports."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from harness.cli.options.output import standard_output
from harness.report.render.formats import OutputFormat, render
from harness.report.render.number_format import dollars
from harness.report.render.table import ReportDocument
from harness.report.run_data.load import RunData
from harness.report.run_report.build import RunReport, build_run_report
from harness.report.run_report.render import document
from harness.run.execution.budget_guard import BudgetShortfall
from harness.run.execution.engine import RunOutcome
from harness.store.log import write_whole
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What a run's reports are written from: its figures, and the document that shows them."""

    folder: RunDir
    report: RunReport
    document: ReportDocument

    def write(self) -> None:
        """Write report.md and report.html into the run folder. Raises LocalError when the disk refuses."""
        for form in (OutputFormat.MARKDOWN, OutputFormat.HTML):
            write_whole(self.folder.path / f"report.{form.value}", render(self.document, form).encode())


def view_run(folder: RunDir) -> RunView:
    """Derive the report from the files of a run, reading its call log once."""
    data = RunData.load(folder)
    if data.manifest.kind == "speed":  # its intervals take half a second to import
        from harness.report.speed import render as speed_render
        from harness.report.speed.build import build_speed_report

        speed = build_speed_report(data)
        return RunView(folder=folder, report=speed.comparison, document=speed_render.document(speed))
    report = build_run_report(data)
    return RunView(folder=folder, report=report, document=document(report))


def print_run_summary(view: RunView, outcome: RunOutcome, *, was_stopped: bool) -> None:
    """The table on standard output; what went wrong and how to go on, on standard error."""
    folder, report = view.folder, view.report
    print(render(view.document, OutputFormat.TEXT, standard_output()))
    print(f"report: {folder.path / 'report.html'} (and report.md)")
    sys.stdout.flush()
    for line in _troubles(outcome, was_stopped=was_stopped):
        print(line, file=sys.stderr)
    if not report.is_complete:
        command = report.manifest.kind
        higher = " --max-usd MORE" if outcome.unfunded_jobs else ""  # the ceiling of before would stop it at once again
        print(f"resume with: harness {command} --resume {folder.path}{higher}", file=sys.stderr)
        print("   (no answer that arrived is paid twice)", file=sys.stderr)
    elif report.manifest.kind == "run" and report.manifest.stopped_early is None:
        failed = sum(summary.failed for table in report.tables for summary in table.summaries)
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
