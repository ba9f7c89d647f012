"""Which runs would settle what is undecided, as commands, and about how many dollars they take.

An estimate from list prices and stated tokens an answer, or those the runs at hand show; `harness estimate` with the
same words works it out from the samples themselves. Sends nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from harness.config.load import Config
from harness.core.errors import ConfigError
from harness.core.prices import CostUnknown
from harness.core.types import Usage
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.report.claims.evaluate import CHANCE_SAMPLES, ClaimResult
from harness.report.claims.verdict import CheckRole, ClaimVerdict
from harness.report.run_data.series import SeriesSet

SUITE = ("math-500", "olympiadbench", "humaneval-plus", "mbpp-plus")
SIZES: Mapping[str, int] = {
    "math-500": 500,
    "olympiadbench": 675,
    "humaneval-plus": 164,
    "mbpp-plus": 378,
    "aime-2024": 30,
    "aime-2025": 30,
    "core-math": 77,
    "core-code": 48,
}
SPEED = ("speed",)
SPEED_METRICS = frozenset(
    {"chars_per_s", "tokens_per_s", "ttft_s", "first_answer_s", "total_s", "total_s_p95"}
    | {"chars_per_s_ratio", "tokens_per_s_ratio", "ttft_ratio", "first_answer_ratio", "latency_ratio", "speed_ratio"}
)
THOUSAND_TOKENS = 1000
"""Tokens in and out of a request of `harness speed`."""
PROMPT_TOKENS, COMPLETION_TOKENS = 300, 6000
"""Tokens of one question and of one answer, thinking included, where no run shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """One run: its command, which claims it serves, answers in all, and dollars; None where a model has no price."""

    claims: tuple[str, ...]
    command: str
    answers: int
    usd: Decimal | None
    unpriced: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplannable:
    """An undecided claim that no run settles, and why."""

    claim: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRunPlanner:
    """What a plan is made from: hosts and groups, prices at an instant, and runs that show tokens an answer."""

    config: Config
    book: PriceBook
    at: datetime
    evidence: SeriesSet

    def plan(self, results: Iterable[ClaimResult]) -> tuple[tuple[PlannedRun, ...], tuple[Unplannable, ...]]:
        """The cheapest set of runs for all undecided claims.

        Each model answers the samples of a set of tasks once, as many as the claim that needs most of them: runs with
        the same seed ask the same samples, so one answer serves every claim about its model. Claims about speed are
        measured by `harness speed`.
        """
        needs: dict[tuple[str, ...], list[ClaimResult]] = {}
        left: list[Unplannable] = []
        for result in results:
            if result.verdict is not ClaimVerdict.UNDECIDED:
                continue
            lacking = [host.words for host in result.hosts if host.label is None]
            if lacking or not result.hosts:
                why = "; ".join(lacking) or "no run is about it: see its computed checks"
                left.append(Unplannable(claim=result.claim.id, why=why))
                continue
            tasks = SPEED if _is_about_speed(result) else tuple(result.claim.tasks) or SUITE
            needs.setdefault(tasks, []).append(result)
        planned = [run for tasks, members in needs.items() for run in self._runs(tasks, members)]
        return tuple(sorted(planned, key=lambda one: one.usd or Decimal(0))), tuple(left)

    def _runs(self, tasks: tuple[str, ...], members: Sequence[ClaimResult]) -> Iterator[PlannedRun]:
        """One run for all models that need as many samples."""
        samples: dict[str, int] = {}
        for member in members:
            for label in _labels(member):
                samples[label] = max(samples.get(label, 0), member.needed_n or CHANCE_SAMPLES)
        for needed in sorted(set(samples.values())):
            labels = tuple(sorted(label for label, count in samples.items() if count == needed))
            served = [member for member in members if set(labels) & set(_labels(member))]
            yield (
                self._speed(labels, needed, served) if tasks is SPEED else self._planned(labels, tasks, needed, served)
            )

    def _speed(self, labels: Sequence[str], needed: int, members: Sequence[ClaimResult]) -> PlannedRun:
        """A measurement of speed on the usual workload, spread over a working day."""
        models = " ".join(f"-m {label}" for label in labels)
        command = f"harness speed {models} --requests {needed} --spread 8h"
        return self._run_of(command, labels, needed, members, tokens=(THOUSAND_TOKENS, THOUSAND_TOKENS))

    def _planned(
        self, labels: Sequence[str], tasks: Sequence[str], needed: int, members: Sequence[ClaimResult]
    ) -> PlannedRun:
        available = sum(SIZES.get(task, needed) for task in tasks)
        repeats = max(1, math.ceil(needed / available))
        limit = math.ceil(min(needed, available) / len(tasks))
        while sum(min(limit, SIZES.get(task, limit)) for task in tasks) < min(needed, available):
            limit += 1
        samples = sum(min(limit, SIZES.get(task, limit)) for task in tasks) * repeats
        words = ["harness run", *tasks, *(f"-m {label}" for label in labels), f"--limit {limit}"]
        if repeats > 1:
            words.append(f"--repeats {repeats}")
        return self._run_of(" ".join(words), labels, samples, members)

    def _run_of(
        self,
        command: str,
        labels: Sequence[str],
        samples: int,
        members: Sequence[ClaimResult],
        *,
        tokens: tuple[int, int] | None = None,
    ) -> PlannedRun:
        models = self._models(labels)
        dollars = {model: self._usd(model, tokens) for model in models}
        unpriced = tuple(model for model, usd in dollars.items() if usd is None)
        known = [usd for usd in dollars.values() if usd is not None]
        return PlannedRun(
            claims=tuple(member.claim.id for member in members),
            command=command,
            answers=samples * len(models),
            usd=None if unpriced else sum(known, Decimal(0)) * samples,
            unpriced=unpriced,
        )

    def _models(self, labels: Sequence[str]) -> tuple[str, ...]:
        """The labels with groups spelled out."""
        found: list[str] = []
        for label in labels:
            try:
                found += [one.label for one in self.config.endpoints([label], today=self._today)]
            except ConfigError:
                found.append(label)
        return tuple(dict.fromkeys(found))

    def _usd(self, label: str, tokens: tuple[int, int] | None) -> Decimal | None:
        """Dollars of one answer at today's list price, nothing cached; the higher rate where reasoning is unknown."""
        provider, _, model = label.partition("@")[0].partition("/")
        price = self.book.price_at(provider, model, self.at)
        prompt, completion = tokens or self._tokens(label)
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=0)
        try:
            endpoint = self.config.endpoint(label, today=self._today)
        except ConfigError:
            tier, thinks = None, None
        else:
            tier, thinks = endpoint.service_tier, endpoint.reasoning_enabled(endpoint.params)
        cost = cost_of(usage, price, at=self.at, service_tier=tier, is_thinking=thinks)
        return None if isinstance(cost, CostUnknown) else cost.usd

    def _tokens(self, label: str) -> tuple[int, int]:
        """Mean tokens of a question and an answer in the runs at hand; else as assumed."""
        seen = [
            one.known_amounts("prompt_tokens", "completion_tokens")
            for one in self.evidence.series
            if one.label == label
        ]
        if not any(map(len, seen)):
            return PROMPT_TOKENS, COMPLETION_TOKENS
        prompt, completion = np.concatenate(seen).mean(axis=0)
        return round(float(prompt)), round(float(completion))

    @property
    def _today(self) -> date:
        return self.at.date()


def _labels(result: ClaimResult) -> tuple[str, ...]:
    """The labels of the models that a run for the claim needs."""
    return tuple(host.label for host in result.hosts if host.label is not None)


def _is_about_speed(result: ClaimResult) -> bool:
    checks = [check for check in result.claim.runs if check.role is CheckRole.DECISIVE] or result.claim.runs
    return bool(checks) and all(check.metric in SPEED_METRICS for check in checks)
