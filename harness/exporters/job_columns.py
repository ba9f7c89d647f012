"""The columns of `samples`, one row per job, and of `summary`, one row per task and model."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

from harness.core.types import Sample, Verdict
from harness.exporters.columns import (
    ColumnKind,
    FrameColumn,
    Value,
    dollars,
    flag,
    instant,
    integer,
    number,
    text,
)
from harness.report.render.mode import mode_of
from harness.report.run_data.records import JobRecord
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.columns import COLUMNS


class SampleRow(NamedTuple):
    """One job: `sample` is the problem (None where the run folder has lost it), `record` what became of it.

    `source_verdict`: that of an imported run's source, where our grader has graded the answer since.
    """

    run: str
    mode: str
    sample: Sample | None
    record: JobRecord
    source_verdict: Verdict | None = None


class SummaryRow(NamedTuple):
    """One model on one task."""

    run: str
    summary: ModelSummary


def _is_correct(row: SampleRow) -> bool | None:
    verdict = row.record.verdict
    return None if verdict is None or verdict is Verdict.GRADER_ERROR else verdict is Verdict.CORRECT


def _target(row: SampleRow) -> str | None:
    return None if row.sample is None else row.sample.target


SAMPLES: tuple[FrameColumn[SampleRow], ...] = (
    text("run", "name of the run folder", lambda r: r.run),
    text("task", "task name", lambda r: r.record.task),
    text("model", "label, `provider/model[@effort]`", lambda r: r.record.label),
    text("mode", "`live`, `SIMULATED`, `IMPORTED` or `REPLAYED`", lambda r: r.mode),
    text("sample_id", "id of the sample (one problem of the task)", lambda r: r.record.sample_id),
    integer("repeat", "which of the independent answers, from 0", lambda r: r.record.repeat),
    text("verdict", "grader's verdict; missing: not graded", lambda r: r.record.verdict and r.record.verdict.value),
    flag("is_correct", "missing where not graded, and for grader errors", _is_correct),
    text(
        "source_verdict",
        "imported runs that were regraded: the source's own verdict",
        lambda r: r.source_verdict and r.source_verdict.value,
    ),
    text("answer", "answer that the grader extracted", lambda r: r.record.answer),
    text("target", "reference answer, or tests as JSON", _target),
    text("why", "grader's explanation", lambda r: r.record.why),
    text("rule", "rule by which the answer was extracted or compared", lambda r: r.record.rule),
    text(
        "findings",
        "results of a grader with several checks, such as `valid_json:1 schema:0`",
        lambda r: r.record.findings,
    ),
    text("grader", "name of the grader", lambda r: r.record.grader),
    text("grader_version", "version of the grader", lambda r: r.record.grader_version),
    text("sandbox", "sandbox that ran the generated code; missing: none was executed", lambda r: r.record.sandbox),
    flag("is_finished", "false: interrupted between two attempts", lambda r: r.record.is_finished),
    flag("is_answered", "whether there is a completion", lambda r: r.record.is_answered),
    integer("attempts", "requests with an outcome", lambda r: r.record.attempts),
    text("failures", "kinds of the failed attempts, in order", lambda r: ", ".join(k.value for k in r.record.failures)),
    text(
        "failure_message",
        "message of the last failure, where there is no completion",
        lambda r: r.record.failure_message,
    ),
    text("finish_reason", "finish reason of the completion", lambda r: r.record.finish_reason),
    text("served_model", "model that the response names", lambda r: r.record.served_model),
    text("reused_from", "earlier run that the answer was taken from", lambda r: r.record.reused_from),
    integer("prompt_tokens", "all input tokens, cached ones included", lambda r: r.record.prompt_tokens),
    integer("completion_tokens", "all output tokens, reasoning included", lambda r: r.record.completion_tokens),
    integer("cached_tokens", "input tokens read from the cache", lambda r: r.record.cached_tokens),
    integer("cache_write_tokens", "input tokens written to the cache", lambda r: r.record.cache_write_tokens),
    integer("reasoning_tokens", "reasoning tokens among the output", lambda r: r.record.reasoning_tokens),
    instant("started_at", "when the accepted request was sent", lambda r: r.record.started_at),
    number("waited_s", "seconds of queueing and backoff before that request", lambda r: r.record.waited_s),
    number("total_s", "latency: seconds from sending to the last byte", lambda r: r.record.total_s),
    number("ttft_s", "seconds to the first generated text, reasoning too", lambda r: r.record.ttft_s),
    number("first_answer_s", "seconds to the first answer text", lambda r: r.record.first_answer_s),
    number("chars_per_s", "characters of answer text per second after its first chunk", lambda r: r.record.chars_per_s),
    number("tokens_per_s", "output tokens per second, in the provider's own tokens", lambda r: r.record.tokens_per_s),
    number(
        "ttft_error_s",
        "measurement error: ttft_s may be too large by this much, because this host was busy",
        lambda r: r.record.ttft_error_s,
    ),
    number(
        "total_error_s", "measurement error: total_s may be too large by this much", lambda r: r.record.total_error_s
    ),
    number(
        "speed_error_share",
        "chars_per_s and tokens_per_s may be off by this share",
        lambda r: r.record.speed_error_share,
    ),
    flag("is_timing_discarded", "ttft_s or total_s has an error above 10%", lambda r: r.record.is_timing_discarded),
    *dollars("spent_usd", "billed dollars of all attempts; missing: unknown", lambda r: r.record.spent_usd),
    *dollars("spent_known_usd", "known part of `spent_usd`", lambda r: r.record.spent_known_usd),
    text("spent_unknown", "why `spent_usd` is unknown", lambda r: r.record.spent_unknown),
    flag("spent_is_bound", "whether `spent_usd` is an upper bound", lambda r: r.record.spent_is_bound),
    *dollars("accepted_usd", "billed dollars of the completion alone", lambda r: r.record.accepted_usd),
    *dollars(
        "provider_charge_usd", "the provider's own charge for the completion", lambda r: r.record.provider_charge_usd
    ),
    text("price_id", "rows of the price book that were used", lambda r: r.record.spent_price_id),
    text(
        "key",
        "hash of all that determines the request; `--reuse` takes an answer with the same key",
        lambda r: r.record.key,
    ),
)

_KIND_OF = {
    "accuracy": ColumnKind.NUMBER,
    "spent_usd": ColumnKind.DECIMAL,
    "usd_per_correct": ColumnKind.DECIMAL,
    "ttft_s": ColumnKind.NUMBER,
    "first_answer_s": ColumnKind.NUMBER,
    "chars_per_s": ColumnKind.NUMBER,
    "output_tokens_per_s": ColumnKind.NUMBER,
    "seconds_per_task": ColumnKind.NUMBER,
}
"""Kinds of the report's columns; the others are whole numbers."""


def _of_summary(read: Callable[[ModelSummary], object]) -> Callable[[SummaryRow], Value]:
    return lambda row: cast(Value, read(row.summary))


def _from_report() -> tuple[FrameColumn[SummaryRow], ...]:
    """The columns of `harness report`, under the names of its JSON."""
    found: list[FrameColumn[SummaryRow]] = []
    for column in COLUMNS:
        kind, value = _KIND_OF.get(column.key, ColumnKind.INTEGER), _of_summary(column.value)
        if kind is ColumnKind.DECIMAL:
            found += dollars(column.key, column.meaning, value)
        else:
            found.append(FrameColumn(name=column.key, kind=kind, meaning=column.meaning, value=value))
    return tuple(found)


def _ttft_p95(row: SummaryRow) -> float | None:
    return row.summary.ttft_s.usable_quantile(0.95)


def _bound(row: SummaryRow, which: str) -> float | None:
    found = row.summary.accuracy
    return None if found is None else float(getattr(found, which))


def _method(row: SummaryRow) -> str | None:
    found = row.summary.accuracy
    return None if found is None else found.method


def _verdict_count(verdict: Verdict) -> Callable[[SummaryRow], Value]:
    return lambda row: row.summary.verdicts[verdict]


SUMMARY: tuple[FrameColumn[SummaryRow], ...] = (
    text("run", "name of the run folder", lambda r: r.run),
    text("task", "task name", lambda r: r.summary.task),
    integer("task_version", "version of the task", lambda r: r.summary.task_version),
    text("model", "label, `provider/model[@effort]`", lambda r: r.summary.label),
    text("mode", "`live`, `SIMULATED`, `IMPORTED` or `REPLAYED`", lambda r: mode_of([r.summary.origin])),
    integer("planned", "jobs that were planned", lambda r: r.summary.planned),
    integer("finished", "jobs that ended", lambda r: r.summary.finished),
    integer("answered", "jobs with a completion", lambda r: r.summary.answered),
    integer("ungraded", "answers that are not graded yet", lambda r: r.summary.ungraded),
    *_from_report(),
    number("accuracy_low", "lower bound of the 95% CI", lambda r: _bound(r, "low")),
    number("accuracy_high", "upper bound of the 95% CI", lambda r: _bound(r, "high")),
    text("accuracy_method", "method of the CI", _method),
    integer("correct", "correct answers", lambda r: r.summary.correct),
    *(
        integer(verdict.value, f"answers with the verdict {verdict.value}", _verdict_count(verdict))
        for verdict in (Verdict.WRONG, Verdict.NO_ANSWER, Verdict.GRADER_ERROR)
    ),
    integer("attempts", "requests with an outcome", lambda r: r.summary.attempts),
    number("ttft_p95_s", "95th percentile of the seconds to the first text", _ttft_p95),
)
