"""How a session goes on, stops and ends: gently, at once, broken, resumed; one endpoint's trouble stays its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from harness.core.errors import LocalError
from harness.core.types import Completion, EndpointLimits, Failure, FailureKind, Grade
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import StreamingResponse
from harness.providers.transport.timing import Stopwatch
from harness.run.execution.grade_pool import GradeRequest
from harness.run.planning.plan import Plan
from harness.store.codec import OutcomeLine, SentLine
from harness.store.resume import call_lines, calls, completed_jobs
from harness.store.run_dir import RunDir
from tests.run.scripted_run import (
    Model,
    ScriptedGrader,
    ScriptedProvider,
    ScriptedSession,
    error_body,
    make_run,
    plan_for,
)
from tests.virtual_time import run_virtually


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run about to be sent to a provider."""

    run: RunDir
    plan: Plan
    provider: ScriptedProvider

    def session(self, **fields: object) -> ScriptedSession:
        return ScriptedSession(run=self.run, plan=self.plan, provider=self.provider, **fields)  # type: ignore[arg-type]


def scene(folder: Path, *models: Model, prompts: int = 20, repeats: int = 1, max_usd: str | None = None) -> Scene:
    plan = plan_for(models, [f"prompt {number}" for number in range(prompts)], repeats=repeats)
    run = make_run(folder / "run", plan, models, max_usd=None if max_usd is None else Decimal(max_usd))
    return Scene(
        run=run, plan=plan, provider=ScriptedProvider(models={one.name: one for one in models}, random=Random(5))
    )


def outcomes(run: RunDir) -> list[OutcomeLine]:
    return [line for line in call_lines(run) if isinstance(line, OutcomeLine)]


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


def test_resumed_run_sends_only_what_is_open_and_counts_all(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=3), Model(name="b", latency_s=0.1))
    run_virtually(one.session().go(leave_after_s=2.0))
    first = one.provider.received.total()
    assert 0 < first < 40
    second = one.session()
    run_virtually(second.go())
    assert one.provider.received.total() == 40
    assert {label: model.done for label, model in second.progress.models.items()} == {"sim/a": 20, "sim/b": 20}
    assert sum(model.done_before for model in second.progress.models.values()) == first
    assert sum(model.verdicts.total() for model in second.progress.models.values()) == 40
    spent = sum((model.usd or 0 for model in second.progress.models.values()), Decimal(0))
    assert spent == one.provider.total


def test_resume_of_a_complete_run_sends_nothing(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    run_virtually(one.session().go())
    again = one.session()
    run_virtually(again.go())
    assert one.provider.received.total() == 20
    assert again.progress.models["sim/a"].done == 20
    assert again.progress.models["sim/a"].remaining == 0


def test_resume_after_a_cut_at_any_line_sends_no_answered_job_again(tmp_path: Path) -> None:
    """The log is cut at, before and after each line's end and in each line's middle, as a power cut may leave it."""
    models = (Model(name="a", faults={"rate_limit": 0.3, "lost": 0.1}), Model(name="b"))
    whole = scene(tmp_path / "whole", *models, prompts=3)
    run_virtually(whole.session().go())
    data = (whole.run.path / "calls-0.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    cuts = {cut for end in ends for cut in (end - 200, end - 1, end, end + 1) if 0 <= cut <= len(data)}
    for cut in sorted(cuts):
        one = scene(tmp_path / str(cut), *models, prompts=3)
        (one.run.path / "calls-0.jsonl").write_bytes(data[:cut])
        ended = {
            (line.head.label.removeprefix("sim/"), f"prompt {int(line.head.sample_id[1:])}")
            for line in outcomes(one.run)
            if line.is_final
        }
        session = one.session()
        run_virtually(session.go())
        assert ended.isdisjoint(one.provider.received)
        assert {label: model.remaining for label, model in session.progress.models.items()} == {"sim/a": 0, "sim/b": 0}
        numbers = Counter((line.head.key, line.number) for line in call_lines(one.run) if isinstance(line, SentLine))
        assert set(numbers.values()) == {1}


def test_answers_without_a_grade_are_graded_by_the_next_session(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    run_virtually(one.session().go())
    one.run.grades_path.write_bytes(b"".join(one.run.grades_path.read_bytes().splitlines(keepends=True)[:5]))
    run_virtually(one.session().go())
    assert len(one.run.grades()) == 20
    assert one.provider.received.total() == 20


def test_cut_answer_is_repeated_once_also_when_the_run_is_resumed_in_between(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"lost": 1.0}, latency_s=0.001), prompts=1)
    run_virtually(one.session().go(leave_after_s=0.1))
    run_virtually(one.session().go())
    run_virtually(one.session().go())
    # nothing came at all, so the job stays open; each session that asks again may pay once
    assert [(line.number, line.is_final) for line in outcomes(one.run)] == [(0, False), (1, False), (2, False)]
    assert len(one.provider.charged) == 3


def test_failed_jobs_are_sent_again_on_request_with_numbers_of_their_own(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"bad_request": 0.3}))
    run_virtually(one.session().go())
    failed = {line.head.key for line in outcomes(one.run) if isinstance(line.attempt, Failure)}
    assert failed
    run_virtually(one.session(retry_failed=True).go())
    numbers = Counter((line.head.key, line.number) for line in call_lines(one.run) if isinstance(line, SentLine))
    assert set(numbers.values()) == {1}
    again = {key for key, number in numbers if number == 1}
    assert again == failed
    assert len(list(calls(one.run))) == 20


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


def received(one: Scene, name: str) -> int:
    return sum(count for (model, _), count in one.provider.received.items() if model == name)


def test_endpoint_whose_key_is_refused_is_stopped_and_its_jobs_stay_open(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="bad", faults={"refused": 1.0}, concurrency=2), Model(name="good"), prompts=50)
    session = one.session(keep_going=True)
    outcome = run_virtually(session.go())
    assert outcome.stopped["sim/bad"].why == "unauthorized: refused for the test"
    assert session.progress.models["sim/bad"].note == "stopped: unauthorized: refused for the test"
    assert session.progress.models["sim/good"].done == 50
    assert received(one, "bad") == 4  # two at once, then one by one
    assert {line.is_final for line in outcomes(one.run) if line.head.label == "sim/bad"} == {False}


def test_others_do_not_go_on_with_samples_that_are_open_at_a_stopped_endpoint(tmp_path: Path) -> None:
    bad, good = Model(name="bad", faults={"refused": 1.0}), Model(name="good", latency_s=2.0, concurrency=2)
    one = scene(tmp_path, bad, good, prompts=50)
    outcome = run_virtually(one.session().go())
    assert outcome.held_back == {"sim/good": 50 - received(one, "good")}
    assert 0 < received(one, "good") < 20  # those it had started until the key's refusal was certain, after 4 s
    one.provider.models = {name: Model(name=name) for name in ("bad", "good")}  # the key works again
    again = one.session()
    run_virtually(again.go())
    assert {label: model.answered for label, model in again.progress.models.items()} == {"sim/bad": 50, "sim/good": 50}
    assert received(one, "good") == 50


@dataclass(slots=True)
class Refusing(ScriptedProvider):
    """Refuses all requests of one model from a moment on, for so long, with a status and headers."""

    name: str = "a"
    after_s: float = 5.0
    for_s: float = 1e9
    status: int = 402
    headers: Mapping[str, str] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        body, now = json.loads(request.body), asyncio.get_running_loop().time()
        if body["model"] != self.name or not self.after_s <= now < self.after_s + self.for_s:
            async with ScriptedProvider.open(self, request, limits, watch) as response:
                yield response
            return
        self.received[self.name, body["messages"][-1]["content"]] += 1
        watch.sent = now

        async def pieces() -> AsyncIterator[tuple[float, bytes]]:
            yield now, error_body("refused")

        yield StreamingResponse(status=self.status, headers=self.headers, pieces=pieces())


def refusing(one: Scene, **fields: object) -> Scene:
    provider = Refusing(models=one.provider.models, random=Random(5), **fields)  # type: ignore[arg-type]
    return replace(one, provider=provider)


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


def test_others_wait_while_an_endpoint_is_paused_and_go_on_with_it(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=4), Model(name="b", latency_s=1.0, concurrency=4))
    one = replace(refusing(one, status=429, after_s=2.0, for_s=200.0, headers={"retry-after": "200"}))
    session = one.session()
    times: list[float] = []
    session.watch = lambda job, attempt, cost: (
        times.append(asyncio.get_running_loop().time()) if job.endpoint.model == "b" else None
    )
    run_virtually(session.go())
    assert {label: model.answered for label, model in session.progress.models.items()} == {"sim/a": 20, "sim/b": 20}
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) > 150


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


class BrokenGrader(ScriptedGrader):
    async def grade(self, request: GradeRequest) -> Grade:
        if request.sample.id == "s003":
            raise ZeroDivisionError("a bug in grading")
        return await super().grade(request)


def test_bug_beside_the_calls_stops_gently_and_is_raised_when_all_is_safe(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=8), prompts=100)
    with pytest.raises(ZeroDivisionError):
        run_virtually(one.session(grader=BrokenGrader()).go())
    assert completed_jobs(one.run).unknown == []  # nobody was cancelled over it
    assert one.provider.received.total() == len(outcomes(one.run)) < 100


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
