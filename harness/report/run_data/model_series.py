"""One model on one task of one run: its jobs as flat arrays, filled one job at a time.

A figure that is not known is NaN here and masked in the arrays of `sample_grid`; it is never 0.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from harness.core.prices import CostUnknown, Price
from harness.core.types import Endpoint, Origin, SamplingParams, Verdict
from harness.pricing.worst_case import worst_case
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.measured import is_usable, is_usable_figure
from harness.report.run_data.records import JobRecord
from harness.stats.arrays import Counts, Floats
from harness.store.codec import TaskEntry

if TYPE_CHECKING:
    from harness.report.run_data.columns import JobColumns

QUANTITIES = (
    "spent_usd",
    "accepted_usd",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "total_s",
    "ttft_s",
    "first_answer_s",
    "tokens_per_s",
    "chars_per_s",
)
CORRECT = "\0correct"
"""What correct answers vote as: all equal the target. No extracted answer can look like it."""
FLAGS = ("attempted", "failed", "graded", "correct", "truncated", "refused", "no_answer", "discarded")
FLAG_BITS = {name: 1 << place for place, name in enumerate(FLAGS)}
NAN = math.nan
NO_PRICE = CostUnknown(reason="no price row was given")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLimits:
    """The most generated tokens and dollars of one answer; None where that is not known."""

    tokens: float | None
    usd: float | None

    @classmethod
    def of(cls, series: Iterable[ModelSeries]) -> AnswerLimits:
        """The highest of several series; None where any is not known."""
        found = [one.answer_limits() for one in series]
        return cls(tokens=_highest(one.tokens for one in found), usd=_highest(one.usd for one in found))


def _highest(limits: Iterable[float | None]) -> float | None:
    known = list(limits)
    return None if None in known else max((limit for limit in known if limit is not None), default=None)


@dataclass(slots=True, kw_only=True)
class ModelSeries:
    """One label on one task in one run.

    `jobs`: row of each job by (sample, repeat). By row: `flags`, a bit for each of FLAGS; `amounts`, one number for
    each of QUANTITIES, NaN where it is not known; `answers`, what was extracted. `cost_unknown`: jobs by the reason.
    `asked`: where the run could stop early, the samples in the order they were asked.
    `price`: the highest price row that may have been in force while the run lasted.
    `other_models`: of the answers that another model than the requested one gave, that model's name.
    `findings`: of the grades that have some, as `records.findings_text`.
    `imported_from`: the source of an imported run in words, with its day. `replaces`: the earlier runs left out for it.
    """

    label: str
    name: str
    run: str
    created_at: datetime
    entry: TaskEntry
    params: SamplingParams
    origin: Origin
    jobs: dict[tuple[str, int], int] = field(default_factory=dict)
    flags: array[int] = field(default_factory=lambda: array("B"))
    amounts: array[float] = field(default_factory=lambda: array("d"))
    answers: list[str | None] = field(default_factory=list)
    price: Price | CostUnknown = NO_PRICE
    endpoint: Endpoint | None = None
    asked: tuple[str, ...] = ()
    reused: bool = False
    prices: set[str] = field(default_factory=set)
    cost_unknown: Counter[str] = field(default_factory=Counter)
    other_models: dict[tuple[str, int], str] = field(default_factory=dict)
    findings: dict[tuple[str, int], str] = field(default_factory=dict)
    imported_from: str = ""
    replaces: tuple[str, ...] = ()

    def add(self, record: JobRecord) -> None:
        """Take in one job that has ended; the last of two outcomes of one job counts."""
        place = record.sample_id, record.repeat
        row = self.jobs.get(place)
        amounts = array("d", _amounts(record))
        # `1/2` and `0.5` are one answer to a vote when both are correct, whatever their text.
        answer = CORRECT if record.verdict is Verdict.CORRECT else record.answer
        if row is None:
            self.jobs[place] = len(self.answers)
            self.flags.append(_flags(record))
            self.amounts += amounts
            self.answers.append(answer)
        else:
            start = row * len(QUANTITIES)
            self.flags[row], self.answers[row] = _flags(record), answer
            self.amounts[start : start + len(QUANTITIES)] = amounts
        self.other_models.pop(place, None)
        if record.other_model is not None:
            self.other_models[place] = record.other_model
        self.findings.pop(place, None)
        if record.findings is not None:
            self.findings[place] = record.findings
        self.reused = self.reused or record.reused_from is not None
        if record.spent_unknown is not None:
            self.cost_unknown[record.spent_unknown] += 1
        if record.accepted_price_id is not None:
            self.prices.add(record.accepted_price_id)

    def add_columns(self, jobs: JobColumns, rows: Counts) -> None:
        """Take in those jobs of a block, all of which have ended."""
        samples, ids = jobs.codes("sample_id")
        names = [ids[code] for code in samples[rows]]
        places = list(zip(names, jobs.integers("repeat")[rows].tolist(), strict=True))
        if len(set(places)) < len(places) or not self.jobs.keys().isdisjoint(places):
            for record in jobs.records(rows):  # a job with two outcomes: the last one counts
                self.add(record)
            return
        self.jobs.update(zip(places, range(len(self.answers), len(self.answers) + len(places)), strict=True))
        self.flags.frombytes(_flag_column(jobs, rows).tobytes())
        self.amounts.frombytes(np.stack([_amount_column(jobs, name)[rows] for name in QUANTITIES], axis=1).tobytes())
        verdicts, known = jobs.codes("verdict")
        is_correct = np.isin(verdicts[rows], [code for code, verdict in enumerate(known) if verdict is Verdict.CORRECT])
        answers = jobs.values("answer", rows)
        self.answers.extend(CORRECT if right else text for right, text in zip(is_correct, answers, strict=True))
        others = np.flatnonzero(jobs.is_known("other_model")[rows])
        self.other_models.update(
            zip((places[row] for row in others), jobs.values("other_model", rows[others]), strict=True)
        )
        found = np.flatnonzero(jobs.is_known("findings")[rows])
        self.findings.update(zip((places[row] for row in found), jobs.values("findings", rows[found]), strict=True))
        self.reused = self.reused or bool(jobs.is_known("reused_from")[rows].any())
        for reason, count in jobs.counts("spent_unknown", rows):
            self.cost_unknown[reason] += count
        self.prices.update(row for row, _ in jobs.counts("accepted_price_id", rows))

    def scores(self) -> dict[str, float]:
        """1 or 0 by sample, of the first repeat, for the graded answers."""
        graded, correct = FLAG_BITS["graded"], FLAG_BITS["correct"]
        return {
            sample: float(bool(self.flags[row] & correct))
            for (sample, repeat), row in self.jobs.items()
            if repeat == 0 and self.flags[row] & graded
        }

    def known_amounts(self, *names: str) -> Floats:
        """The jobs of which all these quantities are known, as (jobs, names)."""
        columns = self.table()[:, [QUANTITIES.index(name) for name in names]]
        known: Floats = columns[~np.isnan(columns).any(axis=1)]
        return known

    def table(self) -> Floats:
        """The amounts as (jobs, quantities)."""
        return np.frombuffer(self.amounts).reshape(len(self.answers), len(QUANTITIES))

    def answer_limits(self) -> AnswerLimits:
        """What one answer can hold and cost at most, by the output limit and the price row.

        None where an answer went beyond the limit: then it does not hold all that the model generates.
        """
        own = () if self.endpoint is None else (self.endpoint.params.max_tokens, self.endpoint.max_output_tokens)
        limits = (self.params.max_tokens or self.entry.max_tokens, *own)
        # The bound holds only for what the limit really limits: some models go on reasoning beyond it.
        tokens = min((limit for limit in limits if limit), default=None)  # the entry of an imported task says 0
        used = self.known_amounts("completion_tokens").max(initial=0)
        if tokens is None or used > tokens or self.endpoint is None:
            return AnswerLimits(tokens=None, usd=None)
        prompt = int(self.known_amounts("prompt_tokens").max(initial=0))
        usd = worst_case(self.endpoint, prompt, tokens, self.price)
        return AnswerLimits(tokens=float(tokens), usd=None if isinstance(usd, CostUnknown) else float(usd))

    @property
    def answering(self) -> AnsweringModels:
        """Which models gave the answers."""
        failed = FLAG_BITS["failed"]
        return AnsweringModels(
            requested=self.name.partition("/")[2],
            answers=sum(not flags & failed for flags in self.flags),
            others=Counter(self.other_models.values()),
        )

    @property
    def terms(self) -> tuple[object, ...]:
        """What must be the same for two models to be put side by side."""
        entry = self.entry
        return (entry.version, entry.content_hash, entry.grader, entry.max_tokens, self.params)


@cache
def _verdict_bits(verdict: Verdict | None) -> int:
    """The flags that follow from the verdict of an answer alone."""
    held = {
        "graded": verdict not in (None, Verdict.GRADER_ERROR),
        "correct": verdict is Verdict.CORRECT,
        "truncated": verdict is Verdict.TRUNCATED,
        "refused": verdict is Verdict.REFUSED,
        "no_answer": verdict is Verdict.NO_ANSWER,
    }
    return sum(FLAG_BITS[name] for name, holds in held.items() if holds)


def _flag_column(jobs: JobColumns, rows: Counts) -> np.ndarray:
    """`_flags` of these jobs."""
    codes, verdicts = jobs.codes("verdict")
    of_code = np.array([*map(_verdict_bits, verdicts), _verdict_bits(None)], dtype=np.uint8)  # the last for none
    total_s = jobs.floats("total_s")[rows]
    with np.errstate(invalid="ignore"):
        is_discarded = ~np.isnan(total_s) & ~is_usable_figure(total_s, jobs.floats("total_error_s")[rows])
    answered = of_code[codes[rows]] | np.where(is_discarded, FLAG_BITS["discarded"], 0).astype(np.uint8)
    found: np.ndarray = np.where(jobs.flags("is_answered")[rows], answered, FLAG_BITS["failed"]).astype(np.uint8)
    return found | np.uint8(FLAG_BITS["attempted"])


def _amount_column(jobs: JobColumns, name: str) -> Floats:
    """One of QUANTITIES for each job of the block; NaN where it is not known or not usable."""
    if name.endswith("_usd"):
        codes, amounts = jobs.codes(name)
        return np.array([*map(float, amounts), NAN])[codes]  # the last for none
    figures = jobs.floats(name)
    if name.endswith("_tokens"):
        return figures
    with np.errstate(invalid="ignore"):
        return np.where(is_usable_figure(figures, jobs.timing_errors(name)), figures, NAN)


def _flags(record: JobRecord) -> int:
    if not record.is_answered:
        return FLAG_BITS["attempted"] | FLAG_BITS["failed"]
    is_discarded = record.total_s is not None and not is_usable(record.total_s, record.total_error_s)
    return FLAG_BITS["attempted"] | _verdict_bits(record.verdict) | (FLAG_BITS["discarded"] if is_discarded else 0)


def _amounts(record: JobRecord) -> tuple[float, ...]:
    """One number for each of QUANTITIES."""
    usd, accepted = record.spent_usd, record.accepted_usd
    found = (
        NAN if usd is None else float(usd),
        NAN if accepted is None else float(accepted),
        _number(record.prompt_tokens),
        _number(record.cached_tokens),
        _number(record.completion_tokens),
    )
    return (*found, *map(_number, record.usable_timings))


def _number(value: float | None) -> float:
    return NAN if value is None else value


def settings_text(params: SamplingParams) -> str:
    """The sampling parameters that are sent, in words; `none` where the provider's defaults hold."""
    held = [(column.name, getattr(params, column.name)) for column in fields(params)]
    return ", ".join(f"{name}={getattr(value, 'value', value)}" for name, value in held if value is not None) or "none"
