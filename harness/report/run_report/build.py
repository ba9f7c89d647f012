"""The report of one run, built from its files: summaries by task, and the notes below them.

Pure: the tables of every format are written from what it returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.core.labels import split_label
from harness.report.render.mode import mode_of
from harness.report.run_data.comparability import RunTerms, comparability_lines
from harness.report.run_data.imported import SourceAgreement
from harness.report.run_data.load import RunData
from harness.report.run_data.lost import lost_reason
from harness.report.run_data.records import RecordConsumer
from harness.report.run_data.reviewed import ReviewedAccuracy
from harness.report.run_data.summaries import Summaries
from harness.report.run_data.summary import empty_summaries
from harness.report.run_report.notes import effort_step_notes, prices_used, run_notes, waiting_keys
from harness.report.run_report.report import RunReport, TaskTable

if TYPE_CHECKING:
    from harness.report.effort.swept_series import SweptSeries
    from harness.report.solved.build import SolvedFigures

WAITS_IN_BATCH = "it waits in a batch at the provider"


def build_run_report(run: RunData, *others: RecordConsumer) -> RunReport:
    """Read a run's jobs and sum them up. Free; sends nothing. `others` are told of every job in the same pass."""
    manifest = run.manifest
    summaries = Summaries.of(empty_summaries(run))
    reviewed = ReviewedAccuracy.of(run)
    terms, source = RunTerms.of(manifest), SourceAgreement.of(run)
    swept = _swept_series(run)
    run.read(summaries, terms, *others, *_needed(reviewed, source, swept))
    for place, pairs in source.by_place.items():
        summaries.by_place[place].source = pairs
    _count_lost(run, summaries)
    own = tuple(summaries.by_place.values())
    settings = {label: one.reasoning_settings for label, one in terms.by_label.items()}
    solved = _solved_figures(run)
    efforts = {} if swept is None else {entry.name: swept.steps(entry.name, settings) for entry in manifest.tasks}
    return RunReport(
        run_name=run.run.name,
        manifest=manifest,
        tables=tuple(
            TaskTable(
                task=entry,
                summaries=tuple(summary for summary in own if summary.task == entry.name),
                efforts=efforts.get(entry.name, ()),
                solved=() if solved is None else tuple(solved.rows(run, entry.name)),
            )
            for entry in manifest.tasks
        ),
        mode=mode_of(endpoint.origin for endpoint in manifest.endpoints),
        notes=(
            *run_notes(run, own),
            *source.notes(),
            *comparability_lines(terms.by_label.values()),
            *effort_step_notes(efforts, may_stop_early=manifest.may_stop_early),
            *reviewed.notes(),
        ),
        prices=prices_used(manifest, run.book),
    )


def _needed(reviewed: ReviewedAccuracy, source: SourceAgreement, swept: SweptSeries | None) -> Iterator[RecordConsumer]:
    """Those that have something to take from this run: the others would have every job read one by one for nothing."""
    if reviewed.decisions:
        yield reviewed
    if source.theirs:
        yield source
    if swept is not None:
        yield swept


def _count_lost(run: RunData, summaries: Summaries) -> None:
    """Jobs that have no record, with the reason that their cost is unknown."""
    waiting = waiting_keys(run)
    for head, count in run.lost.without_record:
        reason = WAITS_IN_BATCH if head.key in waiting else lost_reason(count)
        summaries.by_place[head.label, head.task].unpriced[reason] += 1


def _swept_series(run: RunData) -> SweptSeries | None:
    """What takes in the jobs of models with levels; None where no model was asked at an effort."""
    if all(split_label(one.label)[1] is None for one in run.manifest.endpoints):
        return None
    from harness.report.effort.swept_series import SweptSeries  # its statistics (scipy) take half a second

    found = SweptSeries.of(run)
    return found if found.labels else None


def _solved_figures(run: RunData) -> SolvedFigures | None:
    """The figures per solved task; None where no job is a conversation."""
    if run.manifest.conversation is None:
        return None
    from harness.report.solved.build import SolvedFigures  # numpy and scipy, for such runs alone

    return SolvedFigures.of(run)
