"""What a cache will serve, by hand: from a length on, all but the first request, nothing of a cold run."""

from __future__ import annotations

import pytest

from harness.core.types import CacheMode, Endpoint, Sample, SamplingParams
from harness.run.planning.cache_estimate import MIN_CACHED_BYTES, cached_shares
from harness.run.planning.plan import Plan, PlannedTask
from tests.cases import all_cases

ENDPOINT = Endpoint(label="a/m", provider="a", model="m", model_id="m", base_url="http://h/v1", dialect="generic")


def plan(prompts: list[str], cache: CacheMode | None, *, repeats: int = 1) -> Plan:
    samples = tuple(Sample(id=str(place), prompt=prompt, target="") for place, prompt in enumerate(prompts))
    task = PlannedTask(name="t", version=1, grader="", max_tokens=10, samples=samples)
    return Plan(endpoints=(ENDPOINT,), tasks=(task,), repeats=repeats, params=SamplingParams(), seed=0, cache=cache)


LONG = "d" * (2 * MIN_CACHED_BYTES)


@all_cases(
    ("prompts", "repeats", "share"),
    [
        ([LONG + "a" * 100, LONG + "b" * 100], 1, 0.5),  # the second of two reads nearly all of its prompt
        (["short a", "short b"], 1, 0.0),
        (["d" * (MIN_CACHED_BYTES - 300)] * 2, 1, 0.0),  # below what a provider caches
        ([LONG], 4, 0.75),  # three of four repeats
    ],
)
def test_a_warm_run_reads_what_earlier_requests_have_in_common(prompts: list[str], repeats: int, share: float) -> None:
    found = cached_shares(plan(prompts, CacheMode.WARM, repeats=repeats))
    assert found is not None
    assert found["t"] == pytest.approx(share, abs=0.02)


def test_a_cold_run_reads_nothing_and_one_without_a_mode_says_nothing() -> None:
    assert cached_shares(plan([LONG, LONG + "x"], CacheMode.COLD)) == {"t": 0.0}
    assert cached_shares(plan([LONG], None)) is None
