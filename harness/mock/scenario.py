"""What a simulated model does with one request, drawn by seed: right or wrong, how long, how fast, what breaks.

The draw depends on the simulation's seed, the model's name, the prompt, the repeat and the attempt, and on nothing
else: not on the order of requests, concurrency, the clock or an earlier run. What the answer says is
`harness.mock.answers`; how it is written on the wire is `harness.mock.formats`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from harness.config.simulation import AccuracyByDifficulty, LogNormal, OtherModel, Simulation
from harness.core.labels import without_cold_line
from harness.core.prices import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedModel:
    """A model the mock plays. `name` is what requests call it; answers are billed at `price`.

    No answer has more than `max_output_tokens`, whatever is asked for or drawn.
    """

    name: str
    simulation: Simulation
    price: Price
    context_tokens: int | None = None
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawKey:
    """Which draw is asked for. `repeat` and `attempt` are the words that tell one draw of a prompt from another."""

    model: str
    prompt_digest: str
    repeat: str
    attempt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBehavior:
    """One drawn behaviour; `text_seed` decides the wording. `cut_share` is the part kept of a truncated answer.

    `break_share` is the part of the answer sent before a fault that breaks the stream.
    """

    is_correct: bool
    is_refused: bool
    cut_share: float | None
    is_cached: bool
    answer_tokens: int
    ttft_s: float
    text_seed: int
    fault: str | None
    break_share: float


def digest_of(messages: Iterable[str]) -> str:
    """The name of a prompt: a hash over the texts of its messages, the first line of a cold run aside.

    So a model answers a prompt alike, warm or cold.
    """
    hasher = hashlib.sha256()
    for text in messages:
        hasher.update(without_cold_line(text).encode("utf-8", "surrogatepass"))
        hasher.update(b"\x00")
    return hasher.hexdigest()


def draw(simulation: Simulation, occasion: DrawKey, difficulty: str | None) -> DrawnBehavior:
    """What happens on this occasion. The answer does not depend on the attempt, latency and faults do."""
    # Two generators: a retry must meet another latency and perhaps no fault, but the same answer. A text as seed is
    # hashed by SHA-512 (random.seed, version 2), so the draws are the same on every machine and Python version.
    answer = Random(f"{simulation.seed}|{occasion.model}|{occasion.prompt_digest}|{occasion.repeat}")
    attempt = Random(
        f"{simulation.seed}|{occasion.model}|{occasion.prompt_digest}|{occasion.repeat}|attempt {occasion.attempt}"
    )
    # All draws are made each time, in this order: a changed chance then changes its own outcome and no other.
    is_correct = answer.random() < accuracy_for(simulation, difficulty)
    is_refused = answer.random() < simulation.refuse
    is_truncated = answer.random() < simulation.truncate
    cut_share = 0.2 + 0.6 * answer.random()
    is_cached = answer.random() < simulation.cached_share.chance
    answer_tokens = max(1, round(_skewed(simulation.answer_tokens, answer)))
    text_seed = answer.getrandbits(32)
    return DrawnBehavior(
        is_correct=is_correct,
        is_refused=is_refused,
        cut_share=cut_share if is_truncated else None,
        is_cached=is_cached,
        answer_tokens=answer_tokens,
        text_seed=text_seed,
        ttft_s=_skewed(simulation.ttft_s, attempt),
        fault=_fault(simulation, attempt.random()),
        break_share=0.1 + 0.8 * attempt.random(),
    )


def answers_instead(simulation: Simulation, occasion: DrawKey) -> OtherModel | None:
    """The model that answers on this occasion instead of the one that was asked; None: it answers itself.

    Drawn apart, so that a model without such a rule draws as it always did.
    """
    other = simulation.answered_by
    if other is None:
        return None
    point = Random(
        f"{simulation.seed}|{occasion.model}|{occasion.prompt_digest}|{occasion.repeat}|other model"
    ).random()
    return other if point < other.chance else None


def accuracy_for(simulation: Simulation, difficulty: str | None) -> float:
    """The chance of a correct answer; an unknown or absent difficulty counts as medium."""
    accuracy = simulation.accuracy
    if isinstance(accuracy, AccuracyByDifficulty):
        return {"easy": accuracy.easy, "hard": accuracy.hard}.get(difficulty or "", accuracy.medium)
    return accuracy


def _skewed(quantity: LogNormal, random: Random) -> float:
    # lognormal: latencies and lengths are skewed to the right and never negative; exp(0) makes 50% lie below the median
    return quantity.median * math.exp(quantity.spread * random.gauss(0.0, 1.0))


def _fault(simulation: Simulation, point: float) -> str | None:
    reached = 0.0
    for name, chance in simulation.faults.chances().items():
        reached += chance
        if point < reached:
            return name
    return None
