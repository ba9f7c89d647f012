"""Lines for tests, with everything that does not matter filled in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from harness.core.types import Attempt, Completion, Failure, FailureKind, FinishReason, SamplingParams, Timing, Usage
from harness.store.codec import EndLine, JobHead, OutcomeLine, SentLine, encode
from harness.store.run_dir import RunDir

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TIMING = Timing(started_at=AT, waited_s=0.0, total_s=1.5, ttft_s=0.25)
ANSWER = Completion(
    text="so \\boxed{42} 答案",
    reasoning="",
    finish_reason=FinishReason.STOP,
    timing=TIMING,
    usage=Usage(prompt_tokens=10, completion_tokens=5),
    raw_usage={"prompt_tokens": 10, "completion_tokens": 5, "details": None},
)
BUSY = Failure(kind=FailureKind.RATE_LIMITED, message="slow down", is_retryable=True, timing=TIMING, http_status=429)
CUT = replace(BUSY, kind=FailureKind.STREAM_TRUNCATED, http_status=200, partial_text="so \\bo")


def head(job: str) -> JobHead:
    """The head of a job named so."""
    return JobHead(
        key=hashlib.sha256(job.encode()).hexdigest()[:32],
        label="sim/a",
        name="sim/a",
        task="t",
        task_version=1,
        grader="math",
        sample_id=job,
        repeat=0,
        params=SamplingParams(max_tokens=100),
    )


def sent(job: str, number: int = 0, bound: str | None = "0.01") -> SentLine:
    return SentLine(head=head(job), number=number, at=AT, bound_usd=None if bound is None else Decimal(bound))


def outcome(job: str, attempt: Attempt = ANSWER, *, number: int = 0, is_final: bool = True) -> OutcomeLine:
    return OutcomeLine(head=head(job), number=number, is_final=is_final, attempt=attempt, bound_usd=Decimal("0.01"))


STORY: tuple[SentLine | OutcomeLine, ...] = (
    sent("a"),
    sent("b"),
    outcome("a"),
    outcome("b", BUSY, is_final=False),
    sent("b", 1),
    sent("c"),
    outcome("b", number=1),
    outcome("c", CUT),
    sent("d"),
)
"""Two jobs answered, one at the second attempt; one failed for good; one in flight."""


def run_with(folder: Path, *segments: Sequence[SentLine | OutcomeLine | EndLine]) -> RunDir:
    """A run folder whose call log has these segments."""
    folder.mkdir(exist_ok=True)
    for number, lines in enumerate(segments):
        (folder / f"calls-{number}.jsonl").write_bytes(b"".join(encode(line) for line in lines))
    return RunDir(folder)
