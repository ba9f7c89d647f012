"""Which runs would settle what is undecided, as commands, and about how many dollars they take.

An estimate from list prices and stated tokens an answer, or those the runs at hand show; `harness estimate` with the
same words works it out from the samples themselves. Sends nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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
from harness.report.claims.metric_names import AMONG_ALL
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
ALL_MODELS = "@articles"
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
        """A run for every group of undecided claims about the same models on the same tasks."""
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[ClaimResult]] = {}
        left: list[Unplannable] = []
        for result in results:
            if result.verdict is not ClaimVerdict.UNDECIDED:
                continue
            lacking = [host.words for host in result.hosts if host.label is None]
            if lacking or not result.hosts:
                why = "; ".join(lacking) or "no run is about it: see its computed checks"
                left.append(Unplannable(claim=result.claim.id, why=why))
                continue
            labels = tuple(sorted({host.label for host in result.hosts if host.label is not None}))
            if _needs_all_models(result):
                labels = (*labels, ALL_MODELS)
            groups.setdefault((labels, tuple(result.claim.tasks) or SUITE), []).append(result)
        planned = [self._planned(labels, tasks, members) for (labels, tasks), members in groups.items()]
        return tuple(sorted(planned, key=lambda one: one.usd or Decimal(0))), tuple(left)

    def _planned(self, labels: Sequence[str], tasks: Sequence[str], members: Sequence[ClaimResult]) -> PlannedRun:
        needed = max(member.needed_n or CHANCE_SAMPLES for member in members)
        available = sum(SIZES.get(task, needed) for task in tasks)
        repeats = max(1, math.ceil(needed / available))
        limit = math.ceil(min(needed, available) / len(tasks))
        while sum(min(limit, SIZES.get(task, limit)) for task in tasks) < min(needed, available):
            limit += 1
        samples = sum(min(limit, SIZES.get(task, limit)) for task in tasks) * repeats
        models = self._models(labels)
        dollars = {model: self._usd(model) for model in models}
        unpriced = tuple(model for model, usd in dollars.items() if usd is None)
        known = [usd for usd in dollars.values() if usd is not None]
        words = ["harness run", *tasks, *(f"-m {label}" for label in labels), f"--limit {limit}"]
        if repeats > 1:
            words.append(f"--repeats {repeats}")
        return PlannedRun(
            claims=tuple(member.claim.id for member in members),
            command=" ".join(words),
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

    def _usd(self, label: str) -> Decimal | None:
        """Dollars of one answer at today's list price, nothing cached; the higher rate where reasoning is unknown."""
        provider, _, model = label.partition("@")[0].partition("/")
        price = self.book.price_at(provider, model, self.at)
        prompt, completion = self._tokens(label)
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


def _needs_all_models(result: ClaimResult) -> bool:
    return any(check.metric in AMONG_ALL and check.role is CheckRole.DECISIVE for check in result.claim.runs)
