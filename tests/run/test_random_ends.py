"""Providers that die, pause or run out of money at a random moment: no answer is lost or billed twice."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from tests.cli.session.scripted_endpoint import (
    Answer,
    Behaviour,
    Drop,
    Ended,
    Refusal,
    resume_sums,
    run_sums,
    scripted,
)

pytestmark = pytest.mark.slow(30)

RUNS = 24
AT_ONCE = 4
SAMPLES = 8
MODELS = ("a", "b")
USD = SAMPLES * Decimal("0.00012")
"""What the answers to one model cost: each has 20 prompt tokens at $1 and 10 completion tokens at $10 per million."""
ENDS: dict[str, Refusal | Drop] = {
    "dies": Drop(),
    "money": Refusal(status=402, error={"message": "Insufficient balance"}),
    "quota": Refusal(status=429, error={"message": "The daily quota is exhausted", "code": "quota_exceeded"}),
    "key": Refusal(status=401, error={"message": "The api key was revoked"}),
    "hours": Refusal(status=429, error={"message": "Slow down"}, headers={"retry-after": "40000"}),
    "pauses": Refusal(status=429, error={"message": "Slow down"}, headers={"retry-after": "1"}),
}


def behaviour(rng: random.Random, end: str | None, healed: list[bool]) -> Behaviour:
    """Answers until a random request, then ends in that way for as long as it is not healed; a pause is short."""
    first = rng.randint(1, SAMPLES)
    last = first + rng.randint(1, 4) if end == "pauses" else 10**6
    seconds = rng.choice((0.0, 0.02, 0.2))

    def react(number: int) -> Refusal | Answer | Drop:
        if end is None or healed or not first <= number <= last:
            return Answer(seconds=seconds)
        return ENDS[end]

    return react


def spent(folder: Path) -> dict[str, Decimal | None]:
    """Dollars by model as the report of the run gives them, None for unknown."""
    with redirect_stdout(io.StringIO()) as printed:
        assert main(["report", "results/r", "--format", "json"]) == EXIT_OK
    rows = json.loads(printed.getvalue())["rows"]
    return {row["model"]: None if row["spent_usd"] is None else Decimal(str(row["spent_usd"])) for row in rows}


def played(seed: int, folder: Path) -> tuple[str, Ended, Ended, list[str], dict[str, Decimal | None]]:
    """One run to its random end, and its resumption when all is well again; what was answered, one entry an answer."""
    rng, healed = random.Random(seed), list[bool]()
    end = list(ENDS)[seed % len(ENDS)]
    ends = {model: end if model == "a" or rng.random() < 0.3 else None for model in MODELS}
    folder.mkdir()
    os.chdir(folder)
    with (
        scripted(**{model: behaviour(rng, ends[model], healed) for model in MODELS}) as endpoint,
        redirect_stderr(io.StringIO()),
    ):
        limits = "{max_concurrency: 4, max_attempts: 2}"
        first = run_sums(folder, endpoint, *MODELS, samples=SAMPLES, limits=limits, more=("--quiet",))
        healed.append(True)
        second = resume_sums(folder, *MODELS, samples=SAMPLES, more=("--quiet",))
    billed = [f"{model}: {prompt}" for model, prompts in endpoint.answered.items() for prompt in prompts]
    return f"{seed} {end}", first, second, billed, spent(folder)


def test_nothing_is_lost_billed_twice_or_failed_for_good(tmp_path: Path) -> None:
    with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = list(pool.map(played, range(RUNS), [tmp_path / str(seed) for seed in range(RUNS)]))
    for name, first, second, billed, dollars in results:
        assert sum(first.failed.values()) == 0, name
        assert first.code == (EXIT_INCOMPLETE if any(first.opened.values()) else EXIT_OK), name
        assert (second.code, second.answered) == (EXIT_OK, dict.fromkeys(MODELS, SAMPLES)), name
        assert max(Counter(billed).values()) == 1, name
        assert len(billed) == len(MODELS) * SAMPLES, name
        # an answer that never came may have been billed: those dollars are unknown, never less than the others
        known = {model: usd for model, usd in dollars.items() if usd is not None}
        assert len(dollars) == len(MODELS), name
        assert known == dict.fromkeys(known, USD), name
        assert len(known) == len(MODELS) or name.endswith("dies"), name
    stopped = sum(first.code == EXIT_INCOMPLETE for _, first, *_ in results)
    print(f"{RUNS} runs, {stopped} of them ended early")
    assert stopped > RUNS / 2
