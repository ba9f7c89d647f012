"""What a live display says of a run, as lines of text that fit a width.

Per model first what decides whether to wait: done, accuracy, dollars, ETA. They are never cut; where the width is
short, first the details at the end go, then the interval of the accuracy, then the middle of long model names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from harness.core.clock import Clock
from harness.core.durations import duration_text
from harness.core.labels import cut_middle
from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.pricing.exact import exact_sum
from harness.pricing.gpu_time import mark_gpu_cost
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.report.render.mode import mark_simulated
from harness.report.render.number_format import dollars, percent_with_ci
from harness.run.execution.progress import JobWait, ModelProgress, Progress
from harness.stats.intervals import quantile, wilson

GAP = "  "
NAME, MIN_NAME = 28, 8
"""Characters of a model's name that details and the interval give way to; and those that are shown at least."""
HEAD = ("model", "done", "accuracy", "$", "ETA")
DETAILS = ("errors", "total tok/s", "TTFT", "in flight")
LIMITER_REASONS = {
    "pause": "paused",
    "probe": "failing, tried once more",
    "hold": "rate limit",
    "pace": "slowed after refusals, next request",
    "rate": "limit per minute, next request",
    "paused": "paused by harness control",
}
"""Words for `RateLimiter.waiting`; `queue` and `ramp` are the normal course of things and are not said."""


def table_lines(progress: Progress, clock: Clock, width: int) -> list[str]:
    """The live display: a head, a line per model, under it what the model waits for, and the sums."""
    models = list(progress.models.values())
    main = [HEAD, *(main_cells(progress, model, clock) for model in models)]
    if _width(_with_names(main, NAME)) > width:
        main = [(*row[:2], row[2].partition(" ")[0], *row[3:]) for row in main]
    details = [DETAILS, *(detail_cells(progress, model, clock) for model in models)]
    variants = (_joined(main, details, count) for count in range(len(DETAILS), -1, -1))
    rows = next((rows for rows in variants if _width(_with_names(rows, NAME)) <= width), main)
    lines = _aligned(_with_names(rows, max(MIN_NAME, width - _width(_with_names(rows, 0)))))
    found = [_cut(lines[0], width)]
    for line, model in zip(lines[1:], models, strict=True):
        found.append(_cut(line, width))
        found += [_cut(f"    {status}", width) for status in [status_text(progress, model, clock)] if status]
    return [*found, _cut(totals_text(progress, clock), width)]


def plain_line(progress: Progress, model: ModelProgress, clock: Clock) -> str:
    """The same of one model in one line, for logs."""
    cells = [*zip(HEAD, main_cells(progress, model, clock), strict=True)][1:]
    cells += [*zip(DETAILS, detail_cells(progress, model, clock), strict=True)]
    status = status_text(progress, model, clock)
    figures = GAP.join(f"{title} {text}" for title, text in cells if text)
    return f"{name_of(model)}{GAP}{figures}" + (f"{GAP}| {status}" if status else "")


def totals_text(progress: Progress, clock: Clock) -> str:
    """Dollars of all models, of the budget where there is one, and the time."""
    known = exact_sum(model.known_usd for model in progress.models.values())
    has_unknown = any(model.unpriced or model.unknown for model in progress.models.values())
    budget = "" if progress.budget_usd is None else f" of ${dollars(progress.budget_usd)}"
    elapsed = duration_text(clock.monotonic() - progress.started)
    gpu = ", GPU time in it" if any(model.has_gpu_cost for model in progress.models.values()) else ""
    return f"${dollars(known)}{' + ?' if has_unknown else ''}{budget} spent{gpu}, {elapsed}"


def main_cells(progress: Progress, model: ModelProgress, clock: Clock) -> tuple[str, ...]:
    """Name, done, accuracy, dollars, ETA."""
    return (
        name_of(model),
        f"{model.done:,}/{model.total:,}",
        _accuracy(model),
        _dollars(model),
        _eta(progress, model, clock),
    )


def detail_cells(progress: Progress, model: ModelProgress, clock: Clock) -> tuple[str, ...]:
    """Failed attempts, tokens a second of all requests, median TTFT, requests in flight of those allowed."""
    elapsed = clock.monotonic() - progress.started
    limiter = progress.rate_limiters.get(model.label)
    speed = f"{model.completion_tokens_now / elapsed:.0f}" if elapsed > 0 and model.remaining else ""
    return (
        f"{model.errors:,}" if model.errors else "",
        speed,
        f"{quantile(model.ttft_s, 0.5):.2f}" if model.ttft_s else "",
        "" if limiter is None or not model.remaining else f"{limiter.in_flight}/{limiter.limit}",
    )


def name_of(model: ModelProgress) -> str:
    """The label, marked where the model is simulated."""
    return mark_simulated(model.label, simulated=model.simulated)


def status_text(progress: Progress, model: ModelProgress, clock: Clock) -> str:
    """What the model waits for, or why it was stopped, and which other models answered for it; else empty."""
    parts = (_other_models_text(model), _waiting_text(progress, model, clock))
    return "; ".join(part for part in parts if part)


def _waiting_text(progress: Progress, model: ModelProgress, clock: Clock) -> str:
    if model.note or not model.remaining:
        return model.note
    limiter = progress.rate_limiters.get(model.label)
    said = "" if limiter is None else _limiter_text(limiter, clock)
    return said or _wait_text(model, limiter, clock) or _limit_text(limiter)


def _other_models_text(model: ModelProgress) -> str:
    """`answered by other models: gpt-5-mini 12 of 40`."""
    if not model.other_models:
        return ""
    named = ", ".join(f"{name} {count:,}" for name, count in model.other_models.most_common())
    return f"answered by other models: {named} of {model.answered:,}"


def _limiter_text(limiter: RateLimiter, clock: Clock) -> str:
    if limiter.is_paused_by_hand:
        return LIMITER_REASONS["paused"]
    waiting = limiter.waiting
    words = None if waiting is None else LIMITER_REASONS.get(waiting.reason)
    if waiting is None or words is None:
        return ""
    cause = limiter.breaker.pause_reason if waiting.reason in ("pause", "probe") else ""
    return words + _until(waiting.seconds, clock) + (f": {cause}" if cause else "")


def _limit_text(limiter: RateLimiter | None) -> str:
    if limiter is None or limiter.manual_limit is None:
        return ""
    return f"at most {counted(limiter.manual_limit, 'request')} in flight by harness control"


def _wait_text(model: ModelProgress, limiter: RateLimiter | None, clock: Clock) -> str:
    """The soonest wait of a job, where no request is in flight to show that things go on."""
    if limiter is not None and limiter.in_flight:
        return ""
    waits = sorted(model.waits.values(), key=lambda wait: wait.until_s or 0.0)
    if not waits:
        return ""
    first: JobWait = waits[0]
    left_s = None if first.until_s is None else first.until_s - clock.monotonic()
    others = f" ({counted(len(waits), 'job')} waiting)" if len(waits) > 1 else ""
    return f"waits for {first.reason}{_until(left_s, clock)}{others}"


def _until(seconds: float | None, clock: Clock) -> str:
    """` until 14:05:10 (3 min 20 s)`; nothing for less than a second, where the text would only flicker."""
    if seconds is None or seconds < 1:
        return ""
    at = (clock.now() + timedelta(seconds=seconds)).astimezone()
    return f" until {at:%H:%M:%S} ({duration_text(seconds)})"


def _accuracy(model: ModelProgress) -> str:
    if not model.graded:
        return ""
    correct = model.verdicts[Verdict.CORRECT]
    low, high = wilson(correct, model.graded)
    return percent_with_ci(correct / model.graded, low, high)


def _dollars(model: ModelProgress) -> str:
    """`0.016 + ?`: the known dollars, and that there are others; `<=0.016 #`: at most, of GPU time."""
    bound = "<=" if model.has_gpu_cost else ""
    known = mark_gpu_cost(f"{bound}{dollars(model.known_usd)}", is_gpu_time=model.has_gpu_cost)
    return known + (" + ?" if model.unpriced or model.unknown else "")


def _eta(progress: Progress, model: ModelProgress, clock: Clock) -> str:
    """The time to the end at the pace so far; a pause comes on top."""
    if model.note or not model.remaining or not model.done_now:
        return ""
    elapsed = clock.monotonic() - progress.started
    limiter = progress.rate_limiters.get(model.label)
    pause = 0.0 if limiter is None else max(0.0, limiter.breaker.pause_left_s)
    return duration_text(elapsed / model.done_now * model.remaining + pause)


def _joined(main: Sequence[tuple[str, ...]], details: Sequence[tuple[str, ...]], count: int) -> list[tuple[str, ...]]:
    return [(*row, *more[:count]) for row, more in zip(main, details, strict=True)]


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _width(rows: Sequence[tuple[str, ...]]) -> int:
    widths = _widths(rows)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = _widths(rows)
    return [GAP.join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for place, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.rjust(width) if place else text.ljust(width)


def _with_names(rows: Sequence[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """The rows with names of at most that many characters, cut in the middle."""
    return [(cut_middle(row[0], width) if width else "", *row[1:]) for row in rows]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
