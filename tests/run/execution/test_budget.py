"""The budget holds against the provider's own ledger, models stay balanced, and no job waits for ever."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from harness.core.prices import CostUnknown
from harness.core.types import Failure, SamplingParams
from harness.pricing.book import load_book
from harness.run.attempt_prices import max_attempt_cost
from harness.run.execution.outcome import RunOutcome
from harness.run.planning.plan import Plan
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir
from tests.cases import part_of_the_day
from tests.run.scripted_run import FAULTS, Model, ScriptedProvider, ScriptedSession, make_run, plan_for
from tests.virtual_time import EPOCH, run_virtually


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One run played to its end, perhaps in several sessions."""

    run: RunDir
    plan: Plan
    provider: ScriptedProvider
    sessions: list[tuple[ScriptedSession, RunOutcome]]
    cap: Decimal
    per_model: Decimal | None
    interrupted: bool


def play(seed: int, folder: Path) -> Played:
    """A run with everything drawn by seed: models, prompts, faults, money, interruptions."""
    random = Random(seed)
    models = [_model(random, number) for number in range(random.randint(1, 4))]
    prompts = ["x" * random.choice((0, 3, 50, 4000)) + str(number) for number in range(random.randint(1, 12))]
    plan = plan_for(models, prompts, repeats=random.randint(1, 2), max_tokens=random.choice((1, 40, 2000)))
    whole = whole_worst(plan, models)
    cap = whole * Decimal(random.choice(("0.001", "0.1", "0.3", "0.7", "1", "3")))
    per_model = whole * Decimal(random.choice(("0.05", "0.5"))) if random.random() < 0.3 else None
    run = make_run(folder, plan, models, max_usd=cap, per_model_usd=per_model)
    provider = ScriptedProvider(models={model.name: model for model in models}, random=Random(seed + 1))
    interruptions = random.choice((0, 0, 0, 1, 3))

    async def play() -> list[tuple[ScriptedSession, RunOutcome]]:
        sessions = []
        for session in range(interruptions + 1):
            one = ScriptedSession(run=run, plan=plan, provider=provider, commit_every_s=random.choice((0.0, 0.02)))
            how = random.choice(("leave", "cancel")) if session < interruptions else "finish"
            after_s = random.random() * 3
            outcome = await one.go(
                leave_after_s=after_s if how == "leave" else None,
                cancel_after_s=after_s if how == "cancel" else None,
            )
            sessions.append((one, outcome))
        return sessions

    sessions = run_virtually(play())
    return Played(
        run=run,
        plan=plan,
        provider=provider,
        sessions=sessions,
        cap=cap,
        per_model=per_model,
        interrupted=interruptions > 0,
    )


def _model(random: Random, number: int) -> Model:
    faults = {name: random.random() * 0.15 for name in FAULTS if random.random() < 0.4}
    if random.random() < 0.1:
        faults = {"refused": 1.0}
    return Model(
        name=f"m{number}",
        usd_per_mtok=random.choice(("0", "0.5", "1", "100")),
        latency_s=random.choice((0.001, 0.5, 20.0)),
        faults=faults,
        reports_usage=random.random() < 0.9,
        concurrency=random.choice((1, 2, 8)),
        max_attempts=random.randint(1, 4),
    )


def whole_worst(plan: Plan, models: list[Model]) -> Decimal:
    """The worst case of one attempt at every job: (prompt bytes + 1024 + max_tokens) at the model's one rate."""
    total = Decimal(0)
    for model in models:
        for planned, sample, _ in plan.positions(plan.order()):
            tokens = len(sample.prompt.encode()) + 1024 + planned.max_tokens
            total += Decimal(model.usd_per_mtok) * tokens / 10**6
    return total


def broken_promises(played: Played) -> list[str]:
    """What does not hold of a finished run and must."""
    last, outcome = played.sessions[-1]
    budget, paid = last.budget, played.provider.total
    promises = {
        "the providers charged no more than the budget": paid <= played.cap,
        "what is counted covers what was charged": paid <= budget.spent_usd <= played.cap,
        "no attempt cost more than was held for it": budget.overrun_usd == 0,
        "nothing is held for ever": budget.reserved_usd == 0,
    }
    if played.per_model is not None:
        for name in played.provider.models:
            promises[f"{name} stays below its own budget"] = played.provider.total_of(name) <= played.per_model
    broken = [promise for promise, holds in promises.items() if not holds]
    open_jobs = _open_jobs(played)
    if outcome.unfunded_jobs:
        return [*broken, *_imbalances(played, open_jobs), *_unused_money(played, open_jobs, last)]
    undone = {label for label, _ in open_jobs} - _troubled(outcome)
    return [*broken, *(f"{label} has open jobs and nothing says why" for label in sorted(undone))]


def _troubled(outcome: RunOutcome) -> set[str]:
    """The models with open jobs for another reason than the budget: their endpoint, or that of another model."""
    return {*outcome.stopped, *outcome.left_open, *outcome.held_back}


def _open_jobs(played: Played) -> set[tuple[str, str]]:
    """(label, sample and repeat) of every job without a final outcome."""
    ended: dict[str, bool] = {}
    for line in call_lines(played.run):
        if isinstance(line, OutcomeLine):
            ended[line.head.key] = line.is_final
    return {
        (endpoint.label, f"{job.sample.id}#{job.repeat}")
        for endpoint in played.plan.endpoints
        for job in played.plan.jobs(endpoint)
        if not ended.get(job.key)
    }


def _imbalances(played: Played, open_jobs: set[tuple[str, str]]) -> Iterator[str]:
    """Places that one model has and another has not, where the other one's own trouble is not the reason."""
    troubled = _troubled(played.sessions[-1][1])
    tried: dict[str, set[str]] = defaultdict(set)
    for line in call_lines(played.run):
        tried[line.head.label].add(f"{line.head.sample_id}#{line.head.repeat}")
    labels = [endpoint.label for endpoint in played.plan.endpoints]
    for _, place in open_jobs:
        for label in labels:
            lacks_it = (label, place) in open_jobs
            was_tried = place in tried[label]
            anyone_tried = any(place in tried[other] for other in labels)
            if lacks_it and anyone_tried and not was_tried and not (label in troubled or played.interrupted):
                yield f"{label} never got {place}"


def _unused_money(played: Played, open_jobs: set[tuple[str, str]], last: ScriptedSession) -> Iterator[str]:
    """Open positions that would fit in the money that is left, for the models that lack them.

    A run with a stopped endpoint is left out, for a position may have been refused before that freed its money; so is
    one with jobs that their endpoint left open.
    """
    if _troubled(played.sessions[-1][1]):
        return
    book = load_book(own=played.run.manifest().prices)
    for planned, sample, repeat in played.plan.positions(played.plan.order()):
        place = f"{sample.id}#{repeat}"
        wanted = [one for one in played.plan.endpoints if (one.label, place) in open_jobs]
        bounds = {}
        for endpoint in wanted:
            bound = max_attempt_cost(book, endpoint, sample, SamplingParams(max_tokens=planned.max_tokens), EPOCH)
            assert not isinstance(bound, CostUnknown)
            bounds[endpoint.label] = bound
        if not wanted:
            continue
        fits_all = sum(bounds.values()) <= played.cap - last.budget.spent_usd
        fits_each = all(bound <= (last.budget.remaining_usd(label) or 0) for label, bound in bounds.items())
        if fits_all and fits_each:
            yield f"{place} would still fit for {sorted(bounds)}"


@pytest.mark.parametrize("seed", range(10))
def test_budget_holds_under_random_faults_latencies_and_interruptions(seed: int, tmp_path: Path) -> None:
    assert broken_promises(play(seed, tmp_path / "run")) == []


@pytest.mark.slow(25)
def test_budget_holds_in_the_days_part_of_a_thousand_runs(tmp_path: Path) -> None:
    short = stopped = without_failures = 0
    for seed in part_of_the_day(range(1000, 2000)):
        folder = tmp_path / str(seed)
        played = play(seed, folder)
        assert broken_promises(played) == []
        short += bool(played.sessions[-1][1].unfunded_jobs)
        stopped += played.interrupted
        without_failures += bool(played.sessions[-1][1].unfunded_jobs) and not _troubled(played.sessions[-1][1])
        shutil.rmtree(folder)
    assert short > 66  # the random runs must not make the budget easy to keep
    assert stopped > 66
    assert without_failures > 33


def plain(name: str, **fields: object) -> Model:
    return Model(name=name, **fields)  # type: ignore[arg-type]


def test_short_money_leaves_the_same_samples_for_a_cheap_and_a_dear_model(tmp_path: Path) -> None:
    models = [plain("cheap", usd_per_mtok="0.1", latency_s=0.01), plain("costly", usd_per_mtok="100", latency_s=5.0)]
    plan = plan_for(models, [f"prompt {number}" for number in range(30)], max_tokens=976)
    # One position at worst: (8 or 9 bytes + 1024 + 976) tokens at $100.1 per million: about $0.20. $1 opens at least 4
    # positions, and few enough that most of the 30 stay undone: an answer costs $0.05 on average.
    run = make_run(tmp_path / "run", plan, models, max_usd=Decimal(1))
    provider = ScriptedProvider(models={model.name: model for model in models}, random=Random(7))
    session = ScriptedSession(run=run, plan=plan, provider=provider)
    outcome = run_virtually(session.go())
    done = {
        label: {
            line.head.sample_id
            for line in call_lines(run)
            if isinstance(line, OutcomeLine) and line.head.label == label
        }
        for label in ("sim/cheap", "sim/costly")
    }
    assert done["sim/cheap"] == done["sim/costly"]
    assert 4 <= len(done["sim/costly"]) < 30
    assert outcome.unfunded_jobs == {
        "sim/cheap": 30 - len(done["sim/costly"]),
        "sim/costly": 30 - len(done["sim/costly"]),
    }


def test_cap_below_one_request_sends_nothing_and_says_what_the_smallest_needs(tmp_path: Path) -> None:
    models = [plain("one"), plain("two", usd_per_mtok="3")]
    plan = plan_for(models, ["x" * 100, "x" * 76], max_tokens=900)
    run = make_run(tmp_path / "run", plan, models, max_usd=Decimal("0.001"))
    provider = ScriptedProvider(models={model.name: model for model in models}, random=Random(7))
    outcome = run_virtually(ScriptedSession(run=run, plan=plan, provider=provider).go())
    assert not provider.received
    assert outcome.unfunded_jobs == {"sim/one": 2, "sim/two": 2}
    assert outcome.shortage is not None
    # the shorter prompt: 76 bytes + 1024 + 900 = 2000 tokens at $1 + $3 per million = $0.008
    assert outcome.shortage.needed_usd == Decimal("0.008")
    assert outcome.shortage.left_usd == Decimal("0.001")
    assert outcome.shortage.models == 2


def test_stopped_endpoint_gives_its_money_to_the_others(tmp_path: Path) -> None:
    models = [plain("bad", faults={"refused": 1.0}, latency_s=0.5), plain("good", latency_s=0.01, concurrency=4)]
    plan = plan_for(models, [f"prompt {number}" for number in range(40)], max_tokens=976)
    # 40 positions of $0.002 per model; $0.012 holds three positions of both at once
    run = make_run(tmp_path / "run", plan, models, max_usd=Decimal("0.060"))
    provider = ScriptedProvider(models={model.name: model for model in models}, random=Random(7))
    session = ScriptedSession(run=run, plan=plan, provider=provider, keep_going=True)
    outcome = run_virtually(session.go())
    assert set(outcome.stopped) == {"sim/bad"}
    assert session.progress.models["sim/good"].done == 40
    assert sum(count for (name, _), count in provider.received.items() if name == "bad") < 20


def test_free_retry_keeps_the_money_it_was_given(tmp_path: Path) -> None:
    """A refusal costs nothing: with money for one request at a time every job is done all the same."""
    models = [plain("only", faults={"rate_limit": 0.4}, max_attempts=50)]
    plan = plan_for(models, [f"prompt {number}" for number in range(10)], max_tokens=100)
    cap = Decimal("0.00114") + 10 * Decimal("0.00011")  # one worst case (9 + 1024 + 100 tokens), ten highest costs
    run = make_run(tmp_path / "run", plan, models, max_usd=cap)
    provider = ScriptedProvider(models={"only": models[0]}, random=Random(3))
    session = ScriptedSession(run=run, plan=plan, provider=provider)
    outcome = run_virtually(session.go())
    assert outcome.unfunded_jobs == {}
    assert session.progress.models["sim/only"].answered == 10


def test_unknown_costs_of_an_earlier_session_count_with_their_bound(tmp_path: Path) -> None:
    """Answers without usage: what they cost nobody knows, so a resumed run has no money left for more."""
    models = [plain("silent", reports_usage=False)]
    plan = plan_for(models, [f"prompt {number}" for number in range(9)], max_tokens=968)
    cap = Decimal("0.007")  # three worst cases of 8 + 1024 + 968 = 2000 tokens at $1 per million are $0.006
    run = make_run(tmp_path / "run", plan, models, max_usd=cap)
    provider = ScriptedProvider(models={"silent": models[0]}, random=Random(3))
    first = run_virtually(ScriptedSession(run=run, plan=plan, provider=provider).go())
    second = ScriptedSession(run=run, plan=plan, provider=provider)
    again = run_virtually(second.go())
    assert first.unfunded_jobs == again.unfunded_jobs == {"sim/silent": 6}
    assert provider.received.total() == 3
    assert second.budget.spent_usd == Decimal("0.006")
    assert not any(isinstance(line, OutcomeLine) and isinstance(line.attempt, Failure) for line in call_lines(run))
