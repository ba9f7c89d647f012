"""The work of `harness speed`: prompts no cache has seen, requests spread over time, nothing graded."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from harness.core.errors import UsageError
from harness.core.types import Sample
from harness.pricing.book import load_book
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.run.planning.plan import Plan
from harness.run.planning.speed_workload import MAX_TOKENS, bounded, generated_task, ungraded
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir
from tests.run.scripted_run import Model, ScriptedProvider, ScriptedSession, make_run, plan_for
from tests.virtual_time import EPOCH, run_virtually


def speed_plan(*models: Model, requests: int, every_s: float = 0.0) -> Plan:
    plan = plan_for(models, [f"prompt {number}" for number in range(requests)])
    tasks = tuple(replace(task, grader="") for task in plan.tasks)
    return replace(plan, tasks=tasks, every_s=every_s, is_cold=True)


def session_of(run: RunDir, plan: Plan, *models: Model) -> ScriptedSession:
    return ScriptedSession(
        run=run, plan=plan, provider=ScriptedProvider(models={one.name: one for one in models}, random=Random(3))
    )


def started_s(run: RunDir, label: str) -> list[float]:
    """When the answers of a model were asked for, in virtual seconds."""
    lines = [line for line in call_lines(run) if isinstance(line, OutcomeLine) and line.head.label == label]
    return [
        (line.attempt.timing.started_at - EPOCH).total_seconds() for line in lines if line.attempt.timing.started_at
    ]


def test_prompts_of_1k_have_about_a_thousand_words_and_marks() -> None:
    loaded = generated_task("1k", "nonce", 30)
    lengths = [len(re.findall(r"\w+|[^\w\s]", sample.prompt)) for sample in loaded.samples]
    assert 900 <= min(lengths) <= max(lengths) <= 1100
    assert loaded.task.max_tokens == MAX_TOKENS
    assert loaded.task.grader == ""


@pytest.mark.parametrize("other", ["another nonce", "nonce 0"])
def test_no_two_prompts_begin_alike_and_the_same_nonce_makes_the_same(other: str) -> None:
    first, again, second = (
        generated_task("1k", "nonce", 20),
        generated_task("1k", "nonce", 20),
        generated_task("1k", other, 20),
    )
    assert first.samples == again.samples
    beginnings = {sample.prompt[:20] for loaded in (first, second) for sample in loaded.samples}
    assert len(beginnings) == 40


def test_task_keeps_its_samples_behind_a_new_line_and_loses_its_grader() -> None:
    plain = generated_task("1k", "task", 3)
    graded = replace(plain, task=replace(plain.task, name="sums", grader="math"))
    cold = ungraded(graded, "nonce", 3)
    assert (cold.task.name, cold.task.grader, cold.content_hash) == ("sums", "", graded.content_hash)
    for sample, before in zip(cold.samples, graded.samples, strict=True):
        line, _, rest = sample.prompt.partition("\n")
        assert re.fullmatch(r"\[request [0-9a-f]{16}\]", line)
        assert rest == before.prompt


def test_more_requests_than_samples_are_refused_with_what_is_accepted() -> None:
    with pytest.raises(UsageError, match="at most 3"):
        ungraded(generated_task("1k", "task", 3), "nonce", 4)


def test_concurrency_is_bounded_and_never_raised() -> None:
    wide, narrow = Model(name="a", concurrency=16).endpoint(), Model(name="b", concurrency=2).endpoint()
    assert [one.limits.max_concurrency for one in bounded((wide, narrow), 4)] == [4, 2]


def test_requests_of_every_model_are_spread_evenly_and_the_wait_is_in_no_latency(tmp_path: Path) -> None:
    models = (Model(name="a", latency_s=2.0, concurrency=1), Model(name="b", latency_s=2.0, concurrency=1))
    plan = speed_plan(*models, requests=4, every_s=7200.0)  # eight hours / 4 requests
    run = make_run(tmp_path / "run", plan, models)
    run_virtually(session_of(run, plan, *models).go())
    for label in ("sim/a", "sim/b"):
        assert started_s(run, label) == pytest.approx([0.0, 7200.0, 14400.0, 21600.0], abs=1.0)
    attempts = [line.attempt for line in call_lines(run) if isinstance(line, OutcomeLine)]
    assert max(attempt.timing.total_s or 60.0 for attempt in attempts) <= 4.0  # a latency is below 2 x 2 s


def test_stop_wakes_a_model_that_waits_for_its_instant_and_resuming_starts_at_once(tmp_path: Path) -> None:
    model = Model(name="a", latency_s=0.1, concurrency=1)
    plan = speed_plan(model, requests=3, every_s=3600.0)
    run = make_run(tmp_path / "run", plan, [model])

    async def first() -> float:
        session = session_of(run, plan, model)
        await session.go(leave_after_s=10.0)
        return session.engine.clock.monotonic()

    assert run_virtually(first()) < 20.0
    assert len(started_s(run, "sim/a")) == 1
    run_virtually(session_of(run, plan, model).go())
    # The second session's clock begins at 0 again: two requests are left, at once and an hour later.
    assert started_s(run, "sim/a")[1:] == pytest.approx([0.0, 3600.0], abs=1.0)


def test_each_model_is_asked_behind_a_mark_of_its_own(tmp_path: Path) -> None:
    models = (Model(name="a"), Model(name="b"))
    plan = speed_plan(*models, requests=5)
    run = make_run(tmp_path / "run", plan, models)
    session = session_of(run, plan, *models)
    run_virtually(session.go())
    prompts = [prompt for _, prompt in session.provider.received]
    assert len({prompt[:17] for prompt in prompts}) == 10  # 5 requests x 2 models
    assert {prompt.partition("] ")[2] for prompt in prompts} == {f"prompt {number}" for number in range(5)}


def test_answers_of_a_task_without_grader_are_neither_graded_nor_counted_as_ungraded(tmp_path: Path) -> None:
    model = Model(name="a")
    plan = speed_plan(model, requests=5)
    run = make_run(tmp_path / "run", plan, [model])
    session = session_of(run, plan, model)
    run_virtually(session.go())
    assert run.grades() == {}
    progress = {"sim/a": ModelProgress(label="sim/a", simulated=False, total=5)}
    back = restore_state(
        run,
        run.manifest(),
        progress,
        budget=session.budget,
        book=load_book(own=run.manifest().prices),
        retry_failed=False,
    )
    assert (back.ungraded, progress["sim/a"].remaining) == (0, 0)
    assert list(back.backlog(run, {("t", "s000"): Sample(id="s000", prompt="", target="")})) == []


@pytest.mark.parametrize(("name", "words"), [("10k", 10_000), ("100k", 100_000), ("10k-warm", 10_000)])
def test_larger_workloads_have_about_as_many_words_and_marks_as_they_say(name: str, words: int) -> None:
    loaded = generated_task(name, "nonce", 2)
    lengths = [len(re.findall(r"\w+|[^\w\s]", sample.prompt)) for sample in loaded.samples]
    assert 0.9 * words <= min(lengths) <= max(lengths) <= 1.1 * words


def test_warm_prompts_share_their_beginning_and_cold_ones_do_not() -> None:
    warm, cold = (generated_task(name, "nonce", 2).samples for name in ("1k-warm", "1k"))
    one, other = (sample.prompt.rpartition("\n") for sample in warm)
    assert one[0] == other[0]
    assert one[2] != other[2]
    assert cold[0].prompt[:20] != cold[1].prompt[:20]
