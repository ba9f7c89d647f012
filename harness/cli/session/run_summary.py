"""What a run has come to: its report as a document, what is missing and why, the command to type next."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.core.plurals import counted
from harness.report.render.formats import OutputFormat, render
from harness.report.render.number_format import dollars
from harness.report.render.table import ReportDocument
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from harness.report.run_report.report import RunReport
from harness.run.execution.budget_guard import BudgetOverrun, BudgetShortfall
from harness.run.execution.outcome import RunOutcome
from harness.store.log import write_whole
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What a run's reports are written from: its figures, and the document that shows them."""

    folder: RunDir
    report: RunReport
    document: ReportDocument

    def write(self) -> None:
        """Write report.md into the run folder. Raises LocalError when the disk refuses."""
        write_whole(self.folder.path / "report.md", render(self.document, OutputFormat.MARKDOWN).encode())

    @property
    def where(self) -> str:
        """Where the report is, and how its answers and charts are seen."""
        path = self.folder.path
        return f"report: {path / 'report.md'}; answers and charts: harness view {path}"


def view_run(folder: RunDir, *, keeps_cache: bool = True) -> RunView:
    """Derive the report from the files of a run, reading its call log once; `keeps_cache`: for the next report too."""
    data = RunData.load(folder, keeps_cache=keeps_cache)
    if data.manifest.kind == "speed":  # its intervals take half a second to import
        from harness.report.speed import render as speed_render
        from harness.report.speed.build import build_speed_report

        speed = build_speed_report(data)
        return RunView(folder=folder, report=speed.comparison, document=speed_render.document(speed))
    report = build_run_report(data)
    return RunView(folder=folder, report=report, document=document(report))


def is_done(view: RunView, outcome: RunOutcome) -> bool:
    """Whether no answer is missing: every job has one, or the run stopped early because it knew enough.

    A measurement of speed is done once every request has ended: a failed one is a figure of it.
    """
    report = view.report
    if outcome.trouble is not None or not report.is_complete or report.unanswered:
        return False
    return report.manifest.kind == "speed" or report.manifest.stopped_early is not None or _failed_jobs(view) == 0


def print_run_end(view: RunView, outcome: RunOutcome, *, was_stopped: bool) -> None:
    """On standard error, below the table: what is missing, why, and the command to type next."""
    sys.stdout.flush()
    for line in (*_troubles(outcome, was_stopped=was_stopped), *_next_command(view, outcome)):
        print(line, file=sys.stderr)


def _failed_jobs(view: RunView) -> int:
    return sum(summary.failed for table in view.report.tables for summary in table.summaries)


def _next_command(view: RunView, outcome: RunOutcome) -> Iterator[str]:
    manifest, folder = view.report.manifest, view.folder.path
    if not view.report.is_complete:
        budget = " --max-usd MORE" if outcome.unfunded_jobs else ""  # the same budget would stop it at once again
        serving = [stopped.resumes_at for stopped in outcome.stopped.values() if stopped.resumes_at is not None]
        when = f" from {_local_time(max(serving))} on" if serving else ""
        yield f"resume{when} with: harness {manifest.kind} --resume {folder}{budget}"
        rules = manifest.conversation
        if budget and rules is not None and rules.agent is not None and rules.max_usd is None:
            yield (
                f"   (all {rules.max_turns} requests of a sample are reserved at their most; a new run with "
                "--max-usd-per-task USD reserves no more than that, one with --max-steps N no more requests)"
            )
        yield "   (received answers are not billed again)"
    elif outcome.unmatched:
        return  # asked again, the recording says the same
    elif manifest.kind == "run" and manifest.stopped_early is None and (failed := _failed_jobs(view)):
        yield f"{counted(failed, 'job')} failed; send them again with: harness run --resume {folder} --retry-failed"


def _local_time(instant: datetime) -> str:
    """`15:07`, with the date where that is not today."""
    local = instant.astimezone()
    is_today = local.date() == datetime.now(UTC).astimezone().date()
    return f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def _troubles(outcome: RunOutcome, *, was_stopped: bool) -> Iterator[str]:
    if outcome.trouble:
        yield f"harness: {outcome.trouble}"
    yield from _unmatched(outcome)
    yield from _running_batches(outcome)
    yield from _left_uploads(outcome)
    for label, stopped in outcome.stopped.items():
        serves = "" if stopped.resumes_at is None else f"; it serves again at {_local_time(stopped.resumes_at)}"
        yield f"harness: {label} stopped: {stopped.why}{serves}"
    for label, causes in outcome.left_open.items():
        for kind, left in causes.items():
            if label not in outcome.stopped:
                yield f"harness: {label}: {counted(left.count, 'job')} left open ({kind.value}): {left.message}"
    if outcome.held_back:
        jobs = _by_label(outcome.held_back)
        yield f"harness: not sent because open at a stopped endpoint: {jobs}; --keep-going sends them"
    if outcome.unfunded_jobs:
        yield f"harness: budget exhausted: not sent: {_by_label(outcome.unfunded_jobs)}"
    if outcome.shortage is not None:
        yield f"harness: {_shortage(outcome.shortage)}"
    for label, excess in outcome.exceeded.items():
        over = dollars(excess.billed_usd - excess.budget_usd)
        whose = f"the budget of {label}" if label else "the budget"
        yield (
            f"harness: {whose}, ${dollars(excess.budget_usd)}, was exceeded by ${over}: ${dollars(excess.billed_usd)} "
            "was billed; nothing more was sent on it"
        )
    for label, overrun in outcome.overruns.items():
        yield f"harness: {label}: {_overrun(overrun)}"
    if was_stopped and not outcome.trouble:
        yield "harness: stopped before the end; everything received is kept"


def _running_batches(outcome: RunOutcome) -> Iterator[str]:
    """Batches that work on at their providers."""
    for label, count in outcome.running_batches.items():
        number = counted(count, "batch", "batches")
        yield f"harness: {label}: {number} at the provider, not collected yet; resuming collects the answers"


def _left_uploads(outcome: RunOutcome) -> Iterator[str]:
    """Files of requests that stay at their providers."""
    for label, why in outcome.left_uploads.items():
        yield f"harness: {label}: the uploaded requests could not be deleted at the provider: {why}"


def _unmatched(outcome: RunOutcome) -> Iterator[str]:
    """What a replayed recording was asked and does not hold."""
    if outcome.unmatched:
        count = counted(outcome.unmatched.total(), "request")
        yield f"harness: the recording does not hold {count}; the first: {next(iter(outcome.unmatched))}"
        yield "harness: where the change is wanted, record anew: harness run ... --record DIR"


def _overrun(overrun: BudgetOverrun) -> str:
    """How far bills exceeded what was reserved for their requests, and why."""
    bound, billed = dollars(overrun.bound_usd), dollars(overrun.billed_usd)
    return (
        f"{counted(overrun.attempts, 'request')} billed above the most that prices and limits allow, by "
        f"${dollars(overrun.excess_usd)} in all (${billed} where at most ${bound} was reserved): {overrun.cause}; "
        "later requests of the model are reserved at as much more"
    )


def _by_label(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {counted(count, 'job')}" for label, count in counts.items())


def _shortage(shortage: BudgetShortfall) -> str:
    """How much the cheapest of the jobs left out would have needed."""
    if not shortage.needed_usd.is_finite():
        return "the cost of a job left out has no maximum, so it fits into no budget"
    models = f", for all {shortage.models} models alike" if shortage.models > 1 else ""
    left = "" if shortage.left_usd is None else f"; ${dollars(shortage.left_usd)} is left"
    return f"the smallest job left out may cost up to ${dollars(shortage.needed_usd)}{models}{left}"
