"""Providers that die, pause or run out of money at a random moment: no answer is lost or billed twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from tests.cli.session.scripted_endpoint import (
    PRICE,
    Answer,
    Behaviour,
    Drop,
    Ended,
    Refusal,
    ScriptedEndpoint,
    ended,
    scripted,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RUNS = 50
AT_ONCE = 6
SAMPLES = 12
MODELS = ("a", "b")
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


def harness(folder: Path, *words: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "harness", *words], cwd=folder, capture_output=True, check=False
    ).returncode


def write_input(folder: Path, endpoint: ScriptedEndpoint) -> None:
    entries = ", ".join(f"{model}: {{stream: false, price: {PRICE}}}" for model in MODELS)
    limits = "{max_concurrency: 4, max_attempts: 2}"
    (folder / "providers.yaml").write_text(
        f"providers: {{odd: {{base_url: '{endpoint.url}', dialect: generic, limits: {limits}, models: {{{entries}}}}}}}"
    )
    rows = ({"id": f"s{n:03}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(SAMPLES))
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def played(seed: int, folder: Path) -> tuple[str, Ended, Ended, list[str]]:
    """One run to its random end, and its resumption when all is well again; what was answered, one entry an answer."""
    rng, healed = random.Random(seed), list[bool]()
    end = list(ENDS)[seed % len(ENDS)]
    ends = {model: end if model == "a" or rng.random() < 0.3 else None for model in MODELS}
    folder.mkdir()
    with scripted(**{model: behaviour(rng, ends[model], healed) for model in MODELS}) as endpoint:
        write_input(folder, endpoint)
        names = [word for model in MODELS for word in ("-m", f"odd/{model}")]
        code = harness(folder, "run", "sums.jsonl", "--grader", "math", *names, "--name", "r", "--quiet")
        first = ended(folder, code, MODELS, SAMPLES)
        healed.append(True)
        second = ended(folder, harness(folder, "run", "--resume", "results/r", "--quiet"), MODELS, SAMPLES)
    billed = [f"{model}: {prompt}" for model, prompts in endpoint.answered.items() for prompt in prompts]
    return f"{seed} {end}", first, second, billed


def test_nothing_is_lost_billed_twice_or_failed_for_good(tmp_path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda seed: played(seed, tmp_path / str(seed)), range(RUNS)))
    for name, first, second, billed in results:
        assert sum(first.failed.values()) == 0, name
        assert first.code == (EXIT_INCOMPLETE if any(first.opened.values()) else EXIT_OK), name
        assert (second.code, second.answered) == (EXIT_OK, dict.fromkeys(MODELS, SAMPLES)), name
        assert max(Counter(billed).values()) == 1, name
        assert len(billed) == len(MODELS) * SAMPLES, name
    stopped = sum(first.code == EXIT_INCOMPLETE for _, first, _, _ in results)
    print(f"{RUNS} runs, {stopped} of them ended early")
    assert stopped > RUNS / 2
