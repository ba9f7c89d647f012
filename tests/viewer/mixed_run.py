"""A run with all that pages and charts tell apart: ten models with long names, each origin, efforts, unknown dollars.

Written through the store as a run writes it. Not a test.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Price
from harness.core.types import Attempt, Completion, Endpoint, Grade, Sample, SamplingParams, Usage, Verdict
from harness.store.codec import SCHEMA_VERSION, GradeLine, JobHead, Manifest, OutcomeLine, SampleLine, TaskEntry, encode
from harness.store.run_dir import RunDir
from tests.report.runs import NOON, PRICE, answer, endpoint, failure, timing

SAMPLES = 40
LEVELS = ("easy", "medium", "hard")
UNPRICED = "north-provider/north-reasoner-experimental-2026-11-with-a-long-name"
MODELS = (
    endpoint("acme/acme-thinker-3.5-ultra-preview@low"),
    endpoint("acme/acme-thinker-3.5-ultra-preview@medium"),
    endpoint("acme/acme-thinker-3.5-ultra-preview@high"),
    endpoint("south-cloud/south-large-instruct-480b-a35b-fp8-throughput"),
    endpoint("south-cloud/south-small-instruct-8b-turbo-128k"),
    endpoint(UNPRICED),
    endpoint("sim/simulated-model-with-a-rather-long-name", simulated=True),
    endpoint("sim/simulated-model-with-another-long-name", simulated=True),
    replace(endpoint("others/imported-model-from-a-published-board-2026"), imported=True),
    replace(endpoint("others/replayed-model-from-a-recorded-session"), replayed=True),
)
PRICES = tuple(
    replace(
        PRICE,
        id=f"{one.name}@2026-01-01",
        provider=one.provider,
        model=one.model,
        rates=replace(PRICE.rates, prompt=Decimal(1 + place), completion=Decimal(4 + 3 * place)),
    )
    for place, one in enumerate(MODELS)
    if one.label != UNPRICED
)


def write_mixed_run(path: Path, *, days: int = 0, seed: int = 0, models: Sequence[Endpoint] = MODELS) -> RunDir:
    """One finished run, begun so many days after the first."""
    chance = random.Random(seed)
    run = RunDir.create(path, _manifest(models, days), _samples())
    with (path / "calls-0.jsonl").open("ab") as calls, (path / "grades.jsonl").open("ab") as grades:
        for place, who in enumerate(models):
            for sample in range(SAMPLES):
                head = _head(who, sample)
                attempts = _attempts(who, place, sample, chance)
                for number, attempt in enumerate(attempts):
                    is_final = number == len(attempts) - 1
                    calls.write(encode(OutcomeLine(head=head, number=number, is_final=is_final, attempt=attempt)))
                if isinstance(attempts[-1], Completion):
                    hit = chance.random() < 0.95 - 0.05 * place - 0.2 * (sample % 3)
                    grades.write(encode(GradeLine(key=head.key, at=NOON, grade=_grade(sample, is_correct=hit))))
    return run


def _attempts(who: Endpoint, place: int, sample: int, chance: random.Random) -> list[Attempt]:
    tokens = round((200 + 60 * place) * chance.uniform(0.5, 2))
    at = timing(total_s=chance.uniform(1, 3 + place), ttft_s=chance.uniform(0.1, 0.8))
    usage = Usage(prompt_tokens=1000, completion_tokens=tokens, reasoning_tokens=tokens // 3, cached_tokens=200)
    has_usage = who.label != MODELS[4].label or sample % 4  # the price of a quarter of its answers is not known
    done = answer(at=at, usage=usage if has_usage else None, reasoning="First add.\nThen *check*.")
    object.__setattr__(
        done, "text", f"Adding one to {sample}:\n\n$$ {sample} + 1 = {sample + 1} $$\n\n`print({sample})`"
    )
    if sample % 13 == 5:
        return [failure(said="503 from the provider", usage=usage)]
    return [failure(usage=usage), done] if sample % 9 == 2 else [done]


def _grade(sample: int, *, is_correct: bool) -> Grade:
    return Grade(
        verdict=Verdict.CORRECT if is_correct else Verdict.WRONG,
        answer=str(sample + is_correct),
        why="made up",
        rule="last number",
        grader="math",
        grader_version="1",
        seconds=0.0,
    )


def _samples() -> Iterator[SampleLine]:
    return (
        SampleLine(
            task="sums",
            sample=Sample(
                id=f"a-rather-long-sample-id-{n}",
                prompt=f"What is {n} + 1? Answer with one number.",
                target=str(n + 1),
                tags={"difficulty": LEVELS[n % 3]},
            ),
        )
        for n in range(SAMPLES)
    )


def _head(who: Endpoint, sample: int) -> JobHead:
    return JobHead(
        key=hashlib.sha256(f"{who.label} {sample}".encode()).hexdigest()[:32],
        label=who.label,
        name=who.name,
        task="sums",
        task_version=1,
        grader="math",
        sample_id=f"a-rather-long-sample-id-{sample}",
        repeat=0,
        params=SamplingParams(),
        simulated=who.simulated,
        imported=who.imported,
        replayed=who.replayed,
    )


def _manifest(models: Sequence[Endpoint], days: int) -> Manifest:
    task = TaskEntry(
        name="sums",
        version=1,
        grader="math",
        content_hash="sha256:0",
        origin="made up",
        licence="Apache-2.0",
        max_tokens=4096,
        samples=SAMPLES,
    )
    prices: tuple[Price, ...] = PRICES
    return Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version="0",
        created_at=NOON + timedelta(days=days),
        command=("harness", "run", "sums"),
        endpoints=tuple(models),
        dialects={"openai": 1},
        tasks=(task,),
        repeats=1,
        limit=None,
        seed=0,
        params=SamplingParams(),
        max_usd=None,
        allow_unpriced=False,
        prices=prices,
        sandbox_backend=None,
    )
