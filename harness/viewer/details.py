"""All that is known of one job as plain JSON: what the page of a sample shows."""

from __future__ import annotations

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Call, Completion, Failure, Json, Sample, Timing, Usage, Verdict
from harness.report.run_data.records import JobResult


def detail_of(result: JobResult, sample: Sample | None, source_verdict: Verdict | None = None) -> dict[str, Json]:
    """Texts, attempts, grade and bill of a job; dollars as texts, seconds as numbers, None where unknown.

    `source_verdict`: that of an imported run's source, where our grader has graded the answer since.
    """
    call, answer, grade = result.call, result.call.accepted, result.grade
    return {
        "task": call.task,
        "sample": call.sample_id,
        "model": call.label,
        "repeat": call.repeat,
        "simulated": call.simulated,
        "origin": call.origin.value,
        "reused_from": call.reused_from,
        "prompt": None if sample is None else sample.prompt,
        "system": None if sample is None else sample.system,
        "target": None if sample is None else sample.target,
        "tags": {} if sample is None else dict(sample.tags),
        "text": None if answer is None else answer.shown_text,
        "reasoning": None if answer is None else answer.reasoning,
        "finish_reason": None if answer is None else answer.finish_reason.value,
        "served_model": None if answer is None else answer.served_model,
        "served_by": None if answer is None else answer.served_by,
        "verdict": None if grade is None else grade.verdict.value,
        "source_verdict": None if source_verdict is None else source_verdict.value,
        "answer": None if grade is None else grade.answer,
        "why": None if grade is None else grade.why,
        "rule": None if grade is None else grade.rule,
        **({"findings": dict(grade.findings)} if grade is not None and grade.findings else {}),
        "grader": None if grade is None else f"{grade.grader} {grade.grader_version}",
        "sandbox_backend": None if grade is None else grade.sandbox_backend,
        "turns": _turns(call),
        "attempts": [_attempt(number, attempt) for number, attempt in enumerate(call.attempts)],
        "spent": _cost(result.spent),
        "accepted": None if result.accepted is None else _cost(result.accepted),
        "provider_charge_usd": None
        if answer is None or answer.reported_cost_usd is None
        else f"{answer.reported_cost_usd:f}",
    }


def _turns(call: Call) -> list[Json]:
    """The messages of a conversation after the prompt, in order; empty for a single answer."""
    if len(call.turns) < 2 and call.end is None:
        return []
    replies = (None, *call.replies)
    return [{"reply": reply, "text": turn.text} for reply, turn in zip(replies, call.turns, strict=False)]


def _attempt(number: int, attempt: Attempt) -> dict[str, Json]:
    failure = attempt if isinstance(attempt, Failure) else None
    return {
        "number": number,
        "outcome": "completion" if failure is None else failure.kind.value,
        "message": None if failure is None else failure.message,
        "http_status": None if failure is None else failure.http_status,
        "partial_text": None if failure is None else failure.partial_text,
        "not_sent": list(attempt.not_sent) if isinstance(attempt, Completion) else [],
        "effective": dict(attempt.effective),
        "request_id": attempt.request_id,
        "timing": _timing(attempt.timing),
        "usage": None if attempt.usage is None else _usage(attempt.usage),
    }


def _timing(timing: Timing) -> dict[str, Json]:
    return {
        "started_at": None if timing.started_at is None else timing.started_at.isoformat(),
        "waited_s": timing.waited_s,
        "waits": dict(timing.waits),
        "headers_s": timing.headers_s,
        "ttft_s": timing.ttft_s,
        "first_answer_s": timing.first_answer_s,
        "total_s": timing.total_s,
    }


def _usage(usage: Usage) -> dict[str, Json]:
    return {
        "input": usage.prompt_tokens,
        "cached": usage.cached_tokens,
        "cache write": usage.cache_write_tokens,
        "output": usage.completion_tokens,
        "reasoning": usage.reasoning_tokens,
        "problems": list(usage.problems),
    }


def _cost(cost: Cost | CostUnknown) -> dict[str, Json]:
    if isinstance(cost, CostUnknown):
        return {"usd": None, "unknown": cost.reason, "known_usd": f"{cost.known_usd:f}"}
    return {
        "usd": f"{cost.usd:f}",
        "is_upper_bound": cost.is_upper_bound,
        "price_id": cost.price_id,
        "notes": list(cost.notes),
        "lines": [
            {
                "what": line.what,
                "tokens": line.tokens,
                "rate_per_mtok": f"{line.rate_per_mtok:f}",
                "currency": cost.currency,
                "usd": f"{line.usd:f}",
                "fee_share": None if line.fee_share is None else f"{line.fee_share:f}",
            }
            for line in cost.lines
        ],
    }
