"""The notes below a report: every sentence that a reader needs to trust its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.core.plurals import counted
from harness.core.prices import Price
from harness.core.types import CacheMode, Origin, Verdict
from harness.pricing.book import PriceBook
from harness.pricing.cost import row_caveats
from harness.pricing.exact import exact_sum
from harness.pricing.gpu_time import mixed_note
from harness.report.render.mode import origin_notes
from harness.report.render.number_format import dollars, percent
from harness.report.run_data.answering import OTHER_MODEL_MARK
from harness.report.run_data.charges import charge_note
from harness.report.run_data.imported import imported_notes
from harness.report.run_data.load import RunData
from harness.report.run_data.measured import MAX_ERROR_SHARE
from harness.report.run_data.summary import ModelSummary
from harness.store.batches import BatchJournal
from harness.store.codec import Manifest, SentLine
from harness.store.resume import partial_tails

if TYPE_CHECKING:
    from harness.report.effort.steps import EffortStep

SAID_CHARS = 200
"""Of a provider's error message in a note: enough for its cause, and no page of HTML."""
EARLY_STOP_NOTE = (
    "the run could stop early: the intervals of its effort levels are made for a fixed number of samples and hold the "
    "true value less often than 95%"
)


def run_notes(run: RunData, summaries: Sequence[ModelSummary]) -> Iterator[str]:
    manifest = run.manifest
    yield from origin_notes(summary.origin for summary in summaries)
    yield from imported_notes(run)
    if batches := [one.label for one in manifest.endpoints if one.is_batch]:
        yield f"sent in batches: {', '.join(batches)}; dollars are at batch rates, and no times are measured"
    if manifest.may_stop_early:
        yield (
            f"stopped early: {manifest.stopped_early or 'no, though the run was free to'}; the accuracies' intervals "
            "are anytime-valid (docs/comparing.md), as they must be where the figures decide when a run ends"
        )
    for summary in summaries:
        yield from _summary_notes(summary, stopped_early=manifest.stopped_early is not None)
        if manifest.cache is not None:
            yield _cache_note(summary, manifest.cache)
    mixed = mixed_note(*_by_cost_basis(manifest))
    if mixed is not None:
        yield mixed
    yield from _price_notes(manifest, run.book)
    yield from _limit_notes(manifest)
    yield from _budget_notes(manifest, summaries)
    yield from _timing_notes(summaries)
    waiting = waiting_keys(run)
    if unknown := [sent for sent in run.lost.sent if sent.head.key not in waiting]:
        yield f"sent, outcome unknown: {_by_model(unknown)}; these attempts may have cost {_at_most(unknown)}"
    if pending := [sent for sent in run.lost.sent if sent.head.key in waiting]:
        yield (
            f"in a batch at the provider, not collected yet: {_by_model(pending)}; these attempts cost "
            f"{_at_most(pending)}; harness run --resume collects them"
        )
    yield from partial_tails(run.run)
    for entry in manifest.tasks:
        if entry.accepted_change is not None:
            yield f"{entry.name}: its samples are not the pinned ones, accepted by the user: {entry.accepted_change}"


def waiting_keys(run: RunData) -> frozenset[str]:
    """The jobs that wait in a batch at their provider."""
    if not any(endpoint.is_batch for endpoint in run.manifest.endpoints):
        return frozenset()
    return frozenset(key for key, _ in BatchJournal(run.run.path).open_attempts)


def _by_model(sent: Sequence[SentLine]) -> str:
    counts = Counter(f"{one.head.label} on {one.head.task}" for one in sent)
    return ", ".join(f"{where} {count}" for where, count in counts.items())


def _at_most(sent: Sequence[SentLine]) -> str:
    bounds = [one.bound_usd for one in sent]
    known = [bound for bound in bounds if bound is not None]
    return "an unknown amount" if len(known) < len(bounds) else f"at most ${dollars(exact_sum(known))}"


def _unfinished(summary: ModelSummary) -> str:
    """How many accepted answers lack a finish reason, and why they were accepted."""
    answers = counted(summary.unfinished, "answer")
    if summary.origin is Origin.IMPORTED:
        return f"{answers} came without a finish reason, which the source does not give"
    return f"{answers} came without a finish reason and may be cut off (--accept-unfinished took them)"


def _summary_notes(summary: ModelSummary, *, stopped_early: bool) -> Iterator[str]:
    where = f"{summary.label} on {summary.task}"
    if summary.finished < summary.planned and not stopped_early:
        yield f"{where}: {summary.planned - summary.finished} of {counted(summary.planned, 'job')} not done yet"
    if summary.answering.is_mixed:
        yield (
            f"{where}: {summary.answering.text()}; dollars are those of the model that answered, and what is marked "
            f"{OTHER_MODEL_MARK} is not {summary.answering.requested}'s own"
        )
    if summary.unpriced:
        known = dollars(exact_sum(summary.known_usd))
        reasons = "; ".join(f"{count} x {reason}" for reason, count in summary.unpriced.most_common(3))
        yield (
            f"{where}: cost unknown, in part or whole, for "
            f"{counted(summary.unpriced.total(), 'job')} (the rest: ${known}): {reasons}"
        )
    if summary.reused:
        own = "an unknown amount" if summary.spent_now_usd is None else f"${dollars(summary.spent_now_usd)}"
        yield (
            f"{where}: {summary.reused} of {counted(summary.jobs, 'job')} reused from earlier runs; their dollars and "
            f"times are those of then, and this run itself spent {own}"
        )
    if summary.verdicts and not summary.correct and summary.spent_usd is not None:
        yield f"{where}: no correct answer, so dollars per correct answer are undefined"
    if summary.unfinished:
        yield f"{where}: {_unfinished(summary)}"
    if summary.bounds:
        yield f"{where}: dollars are an upper bound for {counted(summary.bounds, 'job')}"
    charged = charge_note(summary.charges)
    if charged is not None:
        yield f"{where}: {charged}"
    yield from _failure_notes(summary, where)
    yield from _grading_notes(summary, where)


def _grading_notes(summary: ModelSummary, where: str) -> Iterator[str]:
    """Answers that have no verdict, and code that ran without a sandbox."""
    errors = summary.verdicts[Verdict.GRADER_ERROR]
    if errors:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in summary.ungraded_reasons.most_common(3))
        more = "; ..." if len(summary.ungraded_reasons) > 3 else ""
        yield (
            f"{where}: {counted(errors, 'answer')} could not be graded, left out of the accuracy; "
            "harness regrade tries again "
            f"({reasons}{more})"
        )
    if summary.ungraded:
        yield f"{where}: {counted(summary.ungraded, 'answer')} not graded yet; harness regrade does it"
    if "unisolated" in summary.sandboxes:
        yield f"{where}: model-written code ran UNISOLATED (--unsafe-no-sandbox)"


def _cache_note(summary: ModelSummary, mode: CacheMode) -> str:
    """What prompt caches served in a warm or cold run."""
    where = f"{summary.label} on {summary.task}"
    cached, prompt = summary.cached.known, summary.prompt.known
    if cached is None or not prompt:
        return (
            f"{where}: --cache {mode.value}: how many prompt tokens came from a cache was not reported for all answers"
        )
    return f"{where}: --cache {mode.value}: {percent(cached / prompt)}% of the prompt tokens were read from a cache"


def _price_notes(manifest: Manifest, book: PriceBook) -> Iterator[str]:
    """What makes the price rows doubtful that the run began with: old, free, of a retired model, of low confidence."""
    for price in prices_used(manifest, book):
        for caveat in row_caveats(price, manifest.created_at):
            yield f"{price.id}: {caveat}"


def _by_cost_basis(manifest: Manifest) -> tuple[list[str], list[str]]:
    """Labels with dollars of GPU time, and labels with dollars of tokens."""
    gpu = [one.label for one in manifest.endpoints if one.gpu_cost is not None]
    return gpu, [one.label for one in manifest.endpoints if one.gpu_cost is None]


def _budget_notes(manifest: Manifest, summaries: Sequence[ModelSummary]) -> Iterator[str]:
    """Budgets that the known dollars of this run exceed."""
    spent = {label: exact_sum(_paid_here(summaries, label)) for label in {one.label: None for one in summaries}}
    budgets = [("the budget", manifest.max_usd, exact_sum(spent.values()))]
    budgets += [(f"the budget of {label}", cap, spent[label]) for label, cap in manifest.per_model_usd.items()]
    for whose, cap, known in budgets:
        if cap is not None and known > cap:
            yield f"{whose}, ${dollars(cap)}, was exceeded by ${dollars(known - cap)}: ${dollars(known)} was billed"


def _paid_here(summaries: Sequence[ModelSummary], label: str) -> Iterator[Decimal]:
    return (usd for one in summaries if one.label == label for usd in one.now_usd)


def _limit_notes(manifest: Manifest) -> Iterator[str]:
    """Models whose answers end earlier than the others': truncated answers are then the setting's doing."""
    for endpoint in manifest.endpoints:
        own = [limit for limit in (endpoint.params.max_tokens, endpoint.max_output_tokens) if limit is not None]
        lower = {
            entry.name: asked
            for entry in manifest.tasks
            if manifest.params.max_tokens is None and own and min(own) < (asked := entry.max_tokens)
        }
        if lower:
            others = ", ".join(f"{limit:,} on {task}" for task, limit in lower.items())
            yield f"{endpoint.label}: its answers end at {min(own):,} tokens by its own setting; the limit is {others}"


def _timing_notes(summaries: Sequence[ModelSummary]) -> Iterator[str]:
    """One sentence for each task: a busy host delays every model's timings."""
    for task in dict.fromkeys(summary.task for summary in summaries):
        of_task = [summary for summary in summaries if summary.task == task]
        counts = [
            f"{summary.label} {left_out} of {summary.answered}"
            for summary in of_task
            if (left_out := max(len(figures.unusable) for figures in (summary.total_s, summary.ttft_s)))
        ]
        if counts:
            yield (
                f"{task}: timings with a measurement error above {percent(MAX_ERROR_SHARE)}% are left out, because "
                f"this host was overloaded: {', '.join(counts)}"
            )
        figures = [figures for summary in of_task for figures in (summary.total_s, summary.ttft_s)]
        if any(one.unusable and not one.values for one in figures):
            yield f"{task}: where all timings of a model have such an error, they are shown as measured, with a ?"


def _failure_notes(summary: ModelSummary, where: str) -> Iterator[str]:
    if summary.causes:
        causes = ", ".join(f"{count} x {kind.value}" for kind, count in summary.causes.most_common())
        yield f"{where}: failed attempts, retried ones included: {causes}"
    if summary.failed:
        said = "; ".join(f'{kind.value}, such as "{_one_line(text)}"' for kind, text in summary.said.items())
        yield f"{where}: {summary.failed} of {counted(summary.planned, 'job')} ended without a response: {said}"


def _one_line(text: str) -> str:
    """A provider's words, fit to stand in a note: one line, printable, no markup, not long."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    plain = line.translate(str.maketrans('<>`|"', "()'/'"))
    return plain if len(plain) <= SAID_CHARS else f"{plain[: SAID_CHARS - 1]}…"


def effort_step_notes(efforts: Mapping[str, Sequence[EffortStep]], *, may_stop_early: bool) -> Iterator[str]:
    if any(efforts.values()):
        if may_stop_early:
            yield EARLY_STOP_NOTE
        from harness.report.effort.render import effort_notes  # already imported by the series

        for task, steps in efforts.items():
            yield from effort_notes(steps, task)


def prices_used(manifest: Manifest, book: PriceBook) -> tuple[Price, ...]:
    """The rows in force when the run began, one per model that has one."""
    found = (book.price_at(one.provider, one.model, manifest.created_at) for one in manifest.endpoints)
    return tuple({price.id: price for price in found if isinstance(price, Price)}.values())
