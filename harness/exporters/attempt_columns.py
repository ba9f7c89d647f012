"""The columns of `attempts`, one row per request with an outcome, and of `bills`, one row per line of its bill."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from harness.core.prices import BillLine, Cost, CostUnknown
from harness.core.types import Attempt, Call, Completion, Failure, Usage
from harness.exporters.columns import FrameColumn, Value, decimal, dollars, flag, instant, integer, number, text


class AttemptRow(NamedTuple):
    """One attempt of a job: `number` from 0, `cost` of it alone, `is_accepted` where it is the job's completion."""

    run: str
    mode: str
    call: Call
    number: int
    attempt: Attempt
    cost: Cost | CostUnknown
    is_accepted: bool


class BillRow(NamedTuple):
    """One line of an attempt's bill, from 0.

    Where the attempt's dollars are unknown there is no bill (`charged` None): a line holds the known part, if there is
    one, and another line has no dollars.
    """

    of: AttemptRow
    number: int
    what: str
    usd: Decimal | None
    charged: BillLine | None


def _usage(row: AttemptRow) -> Usage:
    return row.attempt.usage or _NOT_REPORTED


_NOT_REPORTED = Usage()


def _of_completion(row: AttemptRow, name: str) -> Value:
    attempt = row.attempt if isinstance(row.attempt, Completion) else row.attempt.completion
    found: Value = None if attempt is None else getattr(attempt, name)
    return found


def _of_failure(row: AttemptRow, name: str) -> Value:
    found: Value = getattr(row.attempt, name) if isinstance(row.attempt, Failure) else None
    return found


def _failure_kind(row: AttemptRow) -> str | None:
    return row.attempt.kind.value if isinstance(row.attempt, Failure) else None


def _finish_reason(row: AttemptRow) -> str | None:
    return row.attempt.finish_reason.value if isinstance(row.attempt, Completion) else None


def _text(row: AttemptRow) -> str:
    return row.attempt.text if isinstance(row.attempt, Completion) else row.attempt.partial_text


def _gap(row: AttemptRow, place: int) -> float | None:
    gaps = row.attempt.timing.itl_s
    return None if gaps is None else gaps[place]


def _of_line(row: BillRow, name: str) -> Value:
    found: Value = None if row.charged is None else getattr(row.charged, name)
    return found


def _usd(row: AttemptRow) -> Decimal | None:
    return row.cost.usd if isinstance(row.cost, Cost) else None


def _unknown(row: AttemptRow) -> str | None:
    return row.cost.reason if isinstance(row.cost, CostUnknown) else None


def _price_id(row: AttemptRow) -> str | None:
    return row.cost.price_id if isinstance(row.cost, Cost) else None


def _is_bound(row: AttemptRow) -> bool:
    return isinstance(row.cost, Cost) and row.cost.is_upper_bound


ATTEMPTS: tuple[FrameColumn[AttemptRow], ...] = (
    text("run", "name of the run folder", lambda r: r.run),
    text("task", "task name", lambda r: r.call.task),
    text("model", "label, `provider/model[@effort]`", lambda r: r.call.label),
    text("mode", "`live`, `SIMULATED`, `IMPORTED` or `REPLAYED`", lambda r: r.mode),
    text("sample_id", "id of the sample (one problem of the task)", lambda r: r.call.sample_id),
    integer("repeat", "which of the independent answers, from 0", lambda r: r.call.repeat),
    integer("attempt", "which request of the job, from 0", lambda r: r.number),
    flag("is_accepted", "whether it is the job's completion", lambda r: r.is_accepted),
    text("failure_kind", "missing: a completion arrived", _failure_kind),
    text("failure_message", "message of the failure", lambda r: _of_failure(r, "message")),
    integer("http_status", "HTTP status of the failure", lambda r: _of_failure(r, "http_status")),
    flag("is_retryable", "whether such a failure is retried", lambda r: _of_failure(r, "is_retryable")),
    text("finish_reason", "finish reason of the completion", _finish_reason),
    text("native_finish_reason", "the provider's word for it", lambda r: _of_completion(r, "native_finish_reason")),
    text("served_model", "model that the response names", lambda r: _of_completion(r, "served_model")),
    text("served_by", "host behind a gateway", lambda r: _of_completion(r, "served_by")),
    text("service_tier", "tier that served it", lambda r: _of_completion(r, "service_tier")),
    text("request_id", "the provider's id", lambda r: r.attempt.request_id),
    integer("prompt_tokens", "all input tokens, cached ones included", lambda r: _usage(r).prompt_tokens),
    integer("completion_tokens", "all output tokens, reasoning included", lambda r: _usage(r).completion_tokens),
    integer("cached_tokens", "input tokens read from the cache", lambda r: _usage(r).cached_tokens),
    integer("cache_write_tokens", "input tokens written to the cache", lambda r: _usage(r).cache_write_tokens),
    integer("reasoning_tokens", "reasoning tokens among the output", lambda r: _usage(r).reasoning_tokens),
    instant("started_at", "when the request was sent", lambda r: r.attempt.timing.started_at),
    number("waited_s", "seconds of queueing and backoff before this request", lambda r: r.attempt.timing.waited_s),
    number("headers_s", "seconds from sending to the response headers", lambda r: r.attempt.timing.headers_s),
    number("ttft_s", "seconds to the first generated text, reasoning too", lambda r: r.attempt.timing.ttft_s),
    number("first_answer_s", "seconds to the first answer text", lambda r: r.attempt.timing.first_answer_s),
    number("total_s", "seconds to the last byte", lambda r: r.attempt.timing.total_s),
    number("itl_p50_s", "gap between chunks with text, median", lambda r: _gap(r, 0)),
    number("itl_p95_s", "gap between chunks with text, 95th percentile", lambda r: _gap(r, 1)),
    number("itl_max_s", "longest gap between chunks with text", lambda r: _gap(r, 2)),
    integer("text_chunks", "chunks with text", lambda r: r.attempt.timing.text_chunks),
    *dollars("billed_usd", "billed dollars of this attempt; missing: unknown", _usd),
    text("billed_unknown", "why `billed_usd` is unknown", _unknown),
    flag("billed_is_bound", "whether `billed_usd` is an upper bound", _is_bound),
    *dollars("provider_charge_usd", "provider's own charge", lambda r: r.attempt.reported_cost_usd),
    text("price_id", "row of the price book that was used", _price_id),
    text("text", "answer text; for a failure, what had arrived", _text),
    text("reasoning", "reasoning text, where the provider shows it", lambda r: _of_completion(r, "reasoning")),
    text("key", "call key of the job", lambda r: r.call.key),
)

BILLS: tuple[FrameColumn[BillRow], ...] = (
    text("run", "name of the run folder", lambda r: r.of.run),
    text("task", "task name", lambda r: r.of.call.task),
    text("model", "label, `provider/model[@effort]`", lambda r: r.of.call.label),
    text("mode", "`live`, `SIMULATED`, `IMPORTED` or `REPLAYED`", lambda r: r.of.mode),
    text("sample_id", "id of the sample (one problem of the task)", lambda r: r.of.call.sample_id),
    integer("repeat", "which of the independent answers, from 0", lambda r: r.of.call.repeat),
    integer("attempt", "which request of the job, from 0", lambda r: r.of.number),
    integer("line", "line of the attempt's bill, from 0", lambda r: r.number),
    text("what", "class of tokens, a fee, `known part` or `unknown`", lambda r: r.what),
    integer("tokens", "tokens of this class", lambda r: _of_line(r, "tokens")),
    decimal("rate_per_mtok", "price per million tokens, in `currency`", lambda r: _of_line(r, "rate_per_mtok")),
    decimal("fee_share", "a fee's share of the lines above it", lambda r: _of_line(r, "fee_share")),
    decimal("amount", "tokens x rate, in `currency`", lambda r: _of_line(r, "amount")),
    text("currency", "currency of the price", lambda r: r.of.cost.currency if isinstance(r.of.cost, Cost) else None),
    *dollars("usd", "the amount in US dollars; missing: unknown", lambda r: r.usd),
    text("unknown", "why dollars of this attempt are unknown", lambda r: None if r.charged else _unknown(r.of)),
    flag("is_bound", "whether the attempt's dollars are an upper bound", lambda r: _is_bound(r.of)),
    text("price_id", "row of the price book that was used", lambda r: _price_id(r.of)),
    text("key", "call key of the job", lambda r: r.of.call.key),
)
