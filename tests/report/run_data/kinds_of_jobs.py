"""A run with a job of every kind, some of them often, for tests that hold two ways of reading it against each other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from harness.core.types import FailureKind, FinishReason, Usage, Verdict
from tests.report.runs import RunWriter, answer, endpoint, failure, timing

ONE, TWO = endpoint(), endpoint("sim/two", simulated=True)


def write_kinds_of_jobs(folder: Path) -> RunWriter:
    """The run, closed."""
    writer = RunWriter(folder, endpoints=[ONE, TWO], samples=30, repeats=2)
    charged = replace(answer(), reported_cost_usd=Decimal("0.0028"), service_tier="default")
    other = replace(answer(), served_model="one-mini", request_id="r1")
    cached = answer(usage=Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=10, own_key=True))
    contradictory = answer(usage=Usage(prompt_tokens=10, completion_tokens=1, reasoning_tokens=5))
    refused = replace(answer(usage=Usage(prompt_tokens=9, completion_tokens=0)), finish_reason=FinishReason.REFUSED)
    asked = replace(answer(), effective={"b": 1.50, "a": {"x": [1e-7, "ü"]}}, not_sent=("top_p", "seed"))
    odd = replace(answer(), text="a\u2028 \ud83d b", reasoning="so", timing=timing(ttft_s=None, lag_s=0.4))
    unfinished = replace(answer(), finish_reason=FinishReason.NOT_GIVEN, timing=timing(total_s=3.5, lag_s=0.1))
    writer.job(ONE, 0, [failure(FailureKind.OVERLOADED), answer()], Verdict.CORRECT, said="42")
    writer.job(ONE, 1, [failure(FailureKind.SERVER_ERROR), failure(said="说不出")])
    writer.job(ONE, 2, [charged], Verdict.GRADER_ERROR)
    writer.job(ONE, 3, [answer(usage=None)], Verdict.WRONG, reused_from="old", lost=1)
    writer.job(ONE, 4, [answer()], is_final=False)
    writer.job(ONE, 5, [], lost=2)
    for number, one in enumerate([charged, other, cached, contradictory, refused, asked, odd, unfinished], 6):
        writer.job(ONE, number, [one], Verdict.WRONG, said="1/2")
        writer.job(ONE, number, [answer()], Verdict.CORRECT, repeat=1)
        writer.job(TWO, number, [one])
        writer.job(TWO, number, [answer()], Verdict.TRUNCATED if number % 2 else Verdict.CORRECT, repeat=1)
    writer.job(TWO, 20, [failure(usage=Usage(prompt_tokens=3, completion_tokens=4)), charged], Verdict.CORRECT)
    writer.close()
    return writer
