"""What is said of the evidence behind a check: kinds of cost, models that answered, runs that count, sources."""

from __future__ import annotations

from harness.pricing.gpu_time import is_gpu_priced, mixed_note
from harness.report.claims.claim_file import RunCheck
from harness.report.claims.computed import joined_words
from harness.report.claims.metric_names import AMONG_ALL
from harness.report.run_data.series import AlignedSeries


def cost_basis(check: RunCheck, aligned: AlignedSeries) -> str:
    """That dollars of GPU time are in a figure of dollars; empty where none are."""
    gpu = [one.label for one in aligned.series if is_gpu_priced(one.prices)]
    if not gpu or not ("usd" in check.metric or "cost" in check.metric or check.metric in AMONG_ALL):
        return ""
    others = [one.label for one in aligned.series if one.label not in gpu]
    return mixed_note(gpu, others) or f"dollars of measured GPU time ({', '.join(dict.fromkeys(gpu))})"


def other_models(aligned: AlignedSeries) -> str:
    """Why the answers decide nothing of the models they were asked of; empty where the requested models gave them."""
    return "; ".join(
        f"left open, because other models than {one.label} answered on {one.entry.name} ({one.answering.text()})"
        for one in aligned.series
        if one.answering.is_mixed
    )


def runs_behind(aligned: AlignedSeries) -> str:
    """Which of several runs of a model counts, and the source of imported results; empty where neither applies."""
    chosen = [
        f"of the runs of {one.label} on {one.entry.name} {one.run} counts (measured before imported, then the latest, "
        f"whatever it holds); left out: {', '.join(one.replaces)}"
        for one in aligned.series
        if one.replaces
    ]
    return joined_words(*chosen, *(f"IMPORTED from {source}" for source in imported_sources(aligned)))


def imported_sources(aligned: AlignedSeries) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.imported_from for one in aligned.series if one.imported_from))


def prices_used(aligned: AlignedSeries) -> tuple[str, ...]:
    return tuple(sorted({price for one in aligned.series for price in one.prices}))
