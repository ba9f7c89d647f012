"""How a session goes on, stops and ends: gently, at once, broken, resumed; one endpoint's trouble stays its own."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.core.types import Completion, Failure, FailureKind
from harness.store.call_log import call_lines
from harness.store.codec import SentLine
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir
from tests.run.execution.scenes import outcomes, received, refusing, scene
from tests.run.scripted_run import (
    Model,
    ScriptedSession,
)
from tests.virtual_time import run_virtually


def test_every_job_is_sent_once_answered_and_graded(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"), Model(name="b"), repeats=2)
    session = one.session()
    run_virtually(session.go())
    assert len(outcomes(one.run)) == 80
    assert len(one.run.grades()) == 80
    assert set(one.provider.received.values()) == {2}
    assert {label: model.done for label, model in session.progress.models.items()} == {"sim/a": 40, "sim/b": 40}


def test_gentle_stop_finishes_what_is_under_way_and_nothing_else(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=10.0, concurrency=4))
    run_virtually(one.session().go(leave_after_s=1.0))
    assert one.provider.received.total() == 4
    assert [type(line.attempt) for line in outcomes(one.run)] == [Completion] * 4
    assert completed_jobs(one.run).unknown == []


def test_stop_during_a_back_off_leaves_the_job_open_at_once(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"server_error": 1.0}, latency_s=0.001), prompts=1)
    took = run_virtually(_timed(one.session(), leave_after_s=0.1))
    assert took < 0.2  # the wait after a first server error is at least 0.25 s
    assert [line.is_final for line in outcomes(one.run)] == [False]


async def _timed(session: ScriptedSession, *, leave_after_s: float) -> float:
    await session.go(leave_after_s=leave_after_s)
    return asyncio.get_running_loop().time()


def test_hard_cancel_lists_what_was_under_way_with_its_bound(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=10.0, concurrency=4))
    run_virtually(one.session().go(cancel_after_s=0.001))
    unknown = completed_jobs(one.run).unknown
    assert len(unknown) == 4
    # "prompt 0" to "prompt 19" are 8 or 9 bytes: (8 + 1024 + 100) tokens at $1 per million are $0.001132
    assert {line.bound_usd for line in unknown} <= {Decimal("0.001132"), Decimal("0.001133")}
    assert one.provider.in_flight == 0  # every connection was closed


def test_answers_that_arrived_are_kept_by_a_hard_cancel(tmp_path: Path) -> None:
    """Whatever instant the cancel comes at: received and charged, it is in the log, or it is listed as unknown."""
    for tenth in (1, 4, 7, 8, 9, 10, 11, 13, 16, 19):
        one = scene(tmp_path / str(tenth), Model(name="a", latency_s=1.0, concurrency=16))
        run_virtually(one.session().go(cancel_after_s=tenth / 10))
        ended = {line.head.key for line in outcomes(one.run)}
        unknown = {line.head.key for line in completed_jobs(one.run).unknown}
        sends = {line.head.key for line in call_lines(one.run) if isinstance(line, SentLine)}
        assert ended | unknown == sends
        assert len(one.provider.charged) == len(sends)


def test_endpoint_that_stalls_does_not_slow_another(tmp_path: Path) -> None:
    async def both() -> float:
        one = scene(tmp_path, Model(name="slow", latency_s=3000.0, concurrency=2), Model(name="quick", latency_s=0.1))
        session = one.session()
        ended: list[float] = []
        session.watch = lambda job, attempt, cost: (
            ended.append(asyncio.get_running_loop().time()) if job.endpoint.model == "quick" else None
        )
        await session.go()
        return max(ended)

    assert run_virtually(both()) < 5.0


def test_endpoint_whose_key_is_refused_is_stopped_and_its_jobs_stay_open(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="bad", faults={"refused": 1.0}, concurrency=2), Model(name="good"), prompts=50)
    session = one.session(keep_going=True)
    outcome = run_virtually(session.go())
    assert outcome.stopped["sim/bad"].why == "unauthorized: refused for the test"
    assert session.progress.models["sim/bad"].note == "stopped: unauthorized: refused for the test"
    assert session.progress.models["sim/good"].done == 50
    assert received(one, "bad") == 4  # two at once, then one by one
    assert {line.is_final for line in outcomes(one.run) if line.head.label == "sim/bad"} == {False}


def test_money_that_ends_in_mid_run_stops_the_endpoint_after_a_few_requests(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=4), prompts=200)
    one = refusing(one, status=402)
    session = one.session()
    outcome = run_virtually(session.go())
    answered = session.progress.models["sim/a"].answered
    assert answered > 4
    assert received(one, "a") - answered <= 4 + 2  # those in flight, and two that tried it once more
    assert outcome.stopped["sim/a"].why.startswith("payment_required: ")
    assert not [line for line in outcomes(one.run) if line.is_final and isinstance(line.attempt, Failure)]


def test_key_that_is_refused_by_mistake_for_a_moment_costs_no_job(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=4), prompts=60)
    one = refusing(one, status=401, for_s=0.8)
    session = one.session()
    outcome = run_virtually(session.go())
    assert not outcome.stopped
    assert session.progress.models["sim/a"].answered == 60
    assert any(isinstance(line.attempt, Failure) for line in outcomes(one.run))


@pytest.mark.parametrize(("max_wait_s", "is_stopped"), [(300.0, False), (100.0, True)])
def test_wait_that_is_named_is_waited_for_or_stops_the_endpoint(
    max_wait_s: float, is_stopped: bool, tmp_path: Path
) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=4), Model(name="b"), prompts=100)
    one = refusing(one, status=429, for_s=200.0, headers={"retry-after": "200"})
    session = one.session(max_wait_s=max_wait_s)
    outcome = run_virtually(session.go())
    answered = {label: model.answered for label, model in session.progress.models.items()}
    assert not [line for line in outcomes(one.run) if line.is_final and isinstance(line.attempt, Failure)]
    if is_stopped:
        assert outcome.stopped["sim/a"].resumes_at is not None
        assert answered["sim/b"] == 100  # it was through before
    else:
        assert answered == {"sim/a": 100, "sim/b": 100}
        assert max(line.attempt.timing.waits.get("pause", 0.0) for line in outcomes(one.run)) > 150


def test_endpoint_that_cannot_be_reached_is_stopped_and_its_jobs_stay_open(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="dead", faults={"dns": 1.0}, concurrency=2), Model(name="good"), prompts=50)
    outcome = run_virtually(one.session().go())
    said = "5 jobs in a row got no answer after all their attempts (dns): no such host"
    assert outcome.stopped["sim/dead"].why == said
    assert received(one, "dead") <= 7 * 4
    assert {line.is_final for line in outcomes(one.run) if line.head.label == "sim/dead"} == {False}
    one.provider.models = {name: Model(name=name) for name in ("dead", "good")}  # the network is back
    again = one.session()
    run_virtually(again.go())
    assert {label: model.answered for label, model in again.progress.models.items()} == {"sim/dead": 50, "sim/good": 50}


def test_provider_that_gives_only_server_errors_leaves_its_jobs_open(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"server_error": 1.0}, concurrency=2), prompts=50)
    outcome = run_virtually(one.session().go())
    assert "(server_error)" in outcome.stopped["sim/a"].why
    assert {line.is_final for line in outcomes(one.run)} == {False}
    assert received(one, "a") <= 7 * 4


def test_server_error_of_one_sample_is_its_own_where_others_are_answered(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"server_error": 0.7}, max_attempts=2), prompts=40)
    session = one.session()
    outcome = run_virtually(session.go())
    assert session.progress.models["sim/a"].failed > 3
    assert not outcome.stopped


def test_mistake_of_ours_in_one_call_is_a_failure_of_that_job_with_its_place(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"), prompts=3)
    one.provider.models = {}  # the provider's own code breaks: a KeyError out of the backend
    run_virtually(one.session().go())
    attempts = [line.attempt for line in outcomes(one.run)]
    assert all(isinstance(attempt, Failure) and attempt.kind is FailureKind.HARNESS_BUG for attempt in attempts)
    assert len(attempts) == 3
    assert "KeyError at scripted_run.py" in str(attempts[0])


def test_waits_for_a_turn_are_recorded_without_the_time_of_earlier_attempts(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"server_error": 0.5}, latency_s=30.0, max_attempts=30), prompts=8)
    run_virtually(one.session().go())
    repeated = [line.attempt.timing for line in outcomes(one.run) if line.number == 1]
    assert repeated
    assert all(
        timing.waited_s is not None and 0.25 <= timing.waited_s <= 0.5 for timing in repeated
    )  # the first back-off; attempts take up to 60 s
    assert all(timing.waits.get("back_off") == pytest.approx(timing.waited_s) for timing in repeated)


def test_missing_samples_are_refused(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    (one.run.path / "samples.jsonl").write_bytes(b'{"task":"t"\n')
    with pytest.raises(LocalError, match=r"samples\.jsonl"):
        one.run.samples()


def test_one_run_is_worked_on_by_one_process(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    with one.run.locked(), pytest.raises(LocalError, match="in use by another process"), RunDir(one.run.path).locked():
        pass
