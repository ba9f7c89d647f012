"""A block of jobs summed up at once: what `ModelSummary.add` does of each of them.

Counts that are shown in the order of their first come in that order; dollars are exact, since each distinct amount is
multiplied by how often it stands.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.core.types import FinishReason, Verdict
from harness.pricing.exact import EXACT
from harness.report.run_data.columns import JobColumns
from harness.report.run_data.measured import MeasuredFigures, is_usable_figure
from harness.report.run_data.records import TIMINGS
from harness.stats.arrays import Counts, Floats

if TYPE_CHECKING:
    from harness.report.run_data.summary import ModelSummary, TokenSum


def add_columns(summary: ModelSummary, jobs: JobColumns, rows: Counts) -> None:
    """Take these jobs of a block into the summary."""
    answered = rows[jobs.flags("is_answered")[rows]]
    summary.jobs += len(rows)
    summary.attempts += int(jobs.integers("attempts")[rows].sum())
    summary.finished += int(jobs.flags("is_finished")[rows].sum())
    summary.reused += int(jobs.is_known("reused_from")[rows].sum())
    _add_failures(summary, jobs, rows)
    _add_dollars(summary, jobs, rows)
    summary.answered += len(answered)
    summary.answering.answers += len(answered)
    for model, count in jobs.counts("other_model", answered):
        summary.answering.others[model] += count
    for reason, count in jobs.counts("finish_reason", answered):
        summary.unfinished += count if reason == FinishReason.NOT_GIVEN.value else 0
    for name in ("prompt", "completion", "reasoning", "cached"):
        _add_tokens(getattr(summary, name), jobs, f"{name}_tokens", answered)
    for name in TIMINGS:
        _add_figures(getattr(summary, name), jobs.floats(name)[answered], jobs.timing_errors(name)[answered])
    _add_grades(summary, jobs, answered)


def _add_failures(summary: ModelSummary, jobs: JobColumns, rows: Counts) -> None:
    codes, kinds = jobs.codes("failures")
    failing = np.isin(codes[rows], [code for code, found in enumerate(kinds) if found])
    for code in codes[rows[failing]]:
        summary.causes.update(kinds[code])
    unanswered = rows[~jobs.flags("is_answered")[rows]]
    summary.failed += int(jobs.flags("is_finished")[unanswered].sum())
    said = unanswered[jobs.is_known("failure_message")[unanswered]]
    for code, message in zip(codes[said], jobs.values("failure_message", said), strict=True):
        summary.said.setdefault(kinds[code][-1], message)


def _add_dollars(summary: ModelSummary, jobs: JobColumns, rows: Counts) -> None:
    is_unknown = jobs.is_known("spent_unknown")[rows]
    known = rows[~is_unknown]
    summary.known_usd.append(_sum(jobs, "spent_known_usd", rows))
    summary.now_usd.append(_sum(jobs, "spent_known_usd", known[~jobs.is_known("reused_from")[known]]))
    summary.bounds += int(jobs.flags("spent_is_bound")[known].sum())
    for reason, count in jobs.counts("spent_unknown", rows):
        summary.unpriced[reason] += count
    charged = rows[jobs.is_known("provider_charge_usd")[rows]]
    pairs = zip(jobs.values("charge", charged), jobs.values("provider_charge_usd", charged), strict=True)
    for charge, stated in pairs:
        if charge is not None:
            summary.charges.add(charge)
        else:
            summary.charges.add_unknown(stated)


def _sum(jobs: JobColumns, name: str, rows: Counts) -> Decimal:
    """The exact sum of a column of dollars."""
    total = Decimal(0)
    for amount, count in jobs.counts(name, rows):
        total = EXACT.add(total, EXACT.multiply(amount, Decimal(count)))
    return total


def _add_tokens(tokens: TokenSum, jobs: JobColumns, name: str, rows: Counts) -> None:
    missing = int((~jobs.is_known(name)[rows]).sum())
    tokens.missing += missing
    tokens.total += int(jobs.integers(name)[rows].sum())


def _add_figures(figures: MeasuredFigures, values: Floats, errors: Floats) -> None:
    is_known = ~np.isnan(values)
    values, errors = values[is_known], errors[is_known]
    lower: Any = np.maximum(0.0, values - errors)
    usable = is_usable_figure(values, errors)
    figures.values.frombytes(values[usable].tobytes())
    figures.lower.frombytes(lower[usable].tobytes())
    figures.unusable.frombytes(values[~usable].tobytes())
    figures.unusable_lower.frombytes(lower[~usable].tobytes())


def _add_grades(summary: ModelSummary, jobs: JobColumns, answered: Counts) -> None:
    codes, verdicts = jobs.codes("verdict")
    own = codes[answered]
    graders, names = jobs.codes("grader")
    has_grader = np.isin(graders[answered], [code for code, name in enumerate(names) if name])
    summary.ungraded += int((has_grader & (own < 0)).sum())
    summary.verdicts.update(Counter(dict(jobs.counts("verdict", answered))))
    with_grade = answered[own >= 0]
    summary.sandboxes.update(name for name, _ in jobs.counts("sandbox", with_grade))
    code_of = {verdict: code for code, verdict in enumerate(verdicts)}
    errors = with_grade[codes[with_grade] == code_of.get(Verdict.GRADER_ERROR, -1)]
    for why in jobs.values("why", errors):
        summary.add_grader_error(why)
    graded = with_grade[codes[with_grade] != code_of.get(Verdict.GRADER_ERROR, -1)]
    found = graded[jobs.is_known("findings")[graded]]
    for sample, text in zip(jobs.values("sample_id", found), jobs.values("findings", found), strict=True):
        summary.add_findings(sample, text)
    places = jobs.numbered("sample_id", summary.by_sample.places)
    summary.by_sample.add_all(places[graded], codes[graded] == code_of.get(Verdict.CORRECT, -1))
