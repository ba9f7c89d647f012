"""Blocks, dollars and grades of several workers, without any process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from harness.core.clock import Clock
from harness.core.prices import Cost
from harness.core.types import EndpointLimits, Failure, FailureKind, Job, Timing, Usage
from harness.pricing.budget import Budget
from harness.run.distributed.coordinator import MAX_SILENCE_S, Coordinator, CoordinatorSpec
from harness.run.distributed.messages import (
    Block,
    Commands,
    EndedJob,
    EndpointReport,
    EndpointState,
    GradeJob,
    Hello,
    Instructions,
    Report,
    Settlement,
)
from harness.run.execution.call import head_of
from harness.run.execution.grade_pool import GradeRequest
from harness.run.planning.manifest import plan_of
from harness.run.planning.plan import JobBuilder
from harness.store.codec import OutcomeLine, SentLine, encode
from harness.store.leases import open_leases
from harness.store.resume import CompletedJobs
from tests.run.paid_folder import AT, PaidFolder, answer, endpoint, price, written

LABELS = ("p/a", "p/b")
ENDPOINTS = tuple(replace(endpoint(label), limits=EndpointLimits(max_concurrency=4)) for label in LABELS)


class Cluster:
    """A coordinator over a folder with a number of samples and two models, each at $1 a million output tokens."""

    def __init__(self, folder: Path, samples: int, *, max_usd: str | None = None) -> None:
        prices = [price(label, prompt="0", completion="1") for label in LABELS]
        made = PaidFolder(endpoints=ENDPOINTS, prices=prices, jobs={label: [[]] * samples for label in LABELS})
        self.run = written(folder / "r", made)
        cap = None if max_usd is None else Decimal(max_usd)
        self.run.rewrite_manifest(replace(self.run.manifest(), max_usd=cap))
        self.budget = Budget(cap_usd=cap)
        spec = CoordinatorSpec(run=self.run.path, endpoints=ENDPOINTS, completed=CompletedJobs(), budget=self.budget)
        self.coordinator = Coordinator(spec)

    async def join(self, worker: int, **ungraded: str) -> None:
        await self.coordinator.greet(
            Hello(worker=worker, node="n", version="1", pid=1, now=datetime.now(UTC), ungraded=ungraded)
        )

    async def told(self, worker: int, *, wants: int = 0, **said: object) -> Instructions:
        return await self.coordinator.exchange(Report(worker=worker, wants=wants, **said))  # type: ignore[arg-type]

    async def block(self, worker: int, wants: int) -> Block:
        block = (await self.told(worker, wants=wants)).block
        assert block is not None
        return block

    def jobs(self, position: int) -> dict[str, Job]:
        plan = plan_of(self.run.manifest(), self.run.samples())
        entry = plan.position(plan.order(), position)
        return {one.label: JobBuilder(plan=plan, endpoint=one).job(*entry) for one in ENDPOINTS}


def test_every_position_is_leased_once_and_the_run_is_done_when_all_blocks_are_finished(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 40)
        await cluster.join(0)
        await cluster.join(1)
        leased: list[int] = []
        blocks: list[tuple[int, int]] = []
        turn = 0
        while (block := (await cluster.told(turn % 2, wants=7)).block) is not None:
            leased += block.positions
            blocks.append((turn % 2, block.number))
            turn += 1
        assert leased == list(range(40))
        assert not (await cluster.told(0)).is_done
        for worker, number in blocks:
            await cluster.told(worker, finished=(number,))
        assert (await cluster.told(0)).is_done

    asyncio.run(work())


def test_blocks_grow_small_towards_the_end(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 16)
        await cluster.join(0)
        await cluster.join(1)
        assert len((await cluster.block(0, 100)).positions) == 4  # a quarter of what is left: 2 workers, 2 blocks each
        assert len((await cluster.block(1, 100)).positions) == 3

    asyncio.run(work())


# One answer can cost 1,000 output tokens: $0.001, and prompts are free. Two models: $0.002 a position.


def test_dollars_are_reserved_over_all_workers_for_all_models_or_for_none(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 20, max_usd="0.0071")  # three positions, and half of a fourth
        await cluster.join(0)
        await cluster.join(1)
        first = await cluster.block(0, 2)
        second = await cluster.block(1, 2)
        assert (len(first.positions), len(second.positions)) == (2, 1)
        assert cluster.budget.reserved_usd == Decimal("0.006")
        assert (await cluster.told(0, wants=2)).block is None  # dollars may come back

        cost = Cost(usd=Decimal("0.0001"), lines=(), price_id="p")
        settled = tuple(Settlement(key=one.key, cost=cost) for one in first.reserved)
        third = (await cluster.told(0, wants=4, settled=settled, finished=(first.number,))).block
        assert third is not None
        # spent 4 x $0.0001, reserved $0.002 at the other worker: $0.0047 are left for two positions
        assert len(third.positions) == 2

    asyncio.run(work())


def test_what_a_lost_worker_had_goes_to_another_one(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8, max_usd="1")
        await cluster.join(0)
        await cluster.join(1)
        block = await cluster.block(0, 2)
        answered, sent = cluster.jobs(block.positions[0])["p/a"], cluster.jobs(block.positions[0])["p/b"]
        segment = cluster.run.next_call_file()
        usage = Usage(prompt_tokens=10, completion_tokens=300)
        lines = (
            SentLine(head=head_of(answered), number=0, at=AT, bound_usd=Decimal("0.001")),
            SentLine(head=head_of(sent), number=0, at=AT, bound_usd=Decimal("0.001")),
            OutcomeLine(head=head_of(answered), number=0, is_final=True, attempt=answer(usage)),
        )
        segment.write_bytes(b"".join(encode(line) for line in lines))

        assert await cluster.coordinator.on_lost(0, segment)
        # 300 tokens are $0.0003; what was in flight counts as its whole bound; the other position stays reserved
        assert cluster.budget.spent_usd == Decimal("0.0013")
        assert cluster.budget.reserved_usd == Decimal("0.002")

        again = await cluster.block(1, 2)
        assert again.positions == block.positions
        assert set(again.done) == {answered.key}
        # its next attempt is the second one
        assert {key: had.number for key, had in again.begun.items()} == {sent.key: 1}
        assert cluster.budget.reserved_usd == Decimal("0.003")
        news = await cluster.coordinator.steer(Commands())
        assert {label: model.unknown for label, model in news.totals[0].models.items()} == {"p/a": 0, "p/b": 1}
        assert news.totals[0].models["p/a"].done == 1

    asyncio.run(work())


def test_dollars_kept_for_what_a_lost_worker_had_not_begun_pay_for_what_it_had(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8, max_usd="0.004")
        await cluster.join(0)
        await cluster.join(1)
        block = await cluster.block(0, 2)
        segment = cluster.run.next_call_file()
        sent = cluster.jobs(block.positions[0])["p/a"]
        segment.write_bytes(encode(SentLine(head=head_of(sent), number=0, at=AT, bound_usd=Decimal("0.001"))))
        await cluster.coordinator.on_lost(0, segment)
        # $0.001 may be spent, and $0.003 are kept: with nothing in flight, nobody would ever give them back
        again = await cluster.block(1, 2)
        assert again.positions == block.positions[:1]
        assert cluster.budget.reserved_usd == Decimal("0.003")  # its $0.002, and one model's of the next position

    asyncio.run(work())


def test_dollars_that_a_worker_holds_on_to_for_a_retry_are_those_of_its_first_attempt(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 1, max_usd="0.002")
        await cluster.join(0)
        block = await cluster.block(0, 1)
        first = next(one for one in block.reserved if one.label == "p/a")
        retry = replace(first, key=f"{first.key}+1")
        free = Cost(usd=Decimal(0), lines=(), price_id="p")
        await cluster.told(0, settled=(Settlement(key=first.key, cost=free, then=retry),))
        assert cluster.budget.reserved_usd == Decimal("0.002")  # the retry's $0.001 and those of the other model
        cost = Cost(usd=Decimal("0.0004"), lines=(), price_id="p")
        await cluster.told(0, settled=(Settlement(key=retry.key, cost=cost),))
        assert (cluster.budget.spent_usd, cluster.budget.reserved_usd) == (Decimal("0.0004"), Decimal("0.001"))

    asyncio.run(work())


def test_what_a_lost_worker_paid_out_of_dollars_it_held_on_to_counts(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 1, max_usd="0.002")
        await cluster.join(0)
        block = await cluster.block(0, 1)
        job = cluster.jobs(block.positions[0])["p/a"]
        kind, at = FailureKind.RATE_LIMITED, Timing(started_at=AT)
        failed = Failure(kind=kind, message="", is_retryable=True, timing=at, http_status=429)
        usage = Usage(prompt_tokens=10, completion_tokens=300)
        lines = (
            SentLine(head=head_of(job), number=0, at=AT, bound_usd=Decimal("0.001")),
            OutcomeLine(head=head_of(job), number=0, is_final=False, attempt=failed),
            SentLine(head=head_of(job), number=1, at=AT, bound_usd=Decimal("0.001")),
            OutcomeLine(head=head_of(job), number=1, is_final=True, attempt=answer(usage)),
        )
        segment = cluster.run.next_call_file()
        segment.write_bytes(b"".join(encode(line) for line in lines))
        assert await cluster.coordinator.on_lost(0, segment)  # before it had reported anything
        # nothing for the failure and $0.0003 for 300 tokens, which no reservation of its own stands for
        assert cluster.budget.spent_usd == Decimal("0.0003")
        assert cluster.budget.reserved_usd == Decimal("0.001")  # of the other model, for the next worker

    asyncio.run(work())


def test_an_answer_whose_worker_was_lost_before_its_grade_is_graded_by_another(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 1)
        await cluster.join(0)
        await cluster.join(1)
        await cluster.block(0, 1)
        segment = cluster.run.next_call_file()
        segment.write_bytes(
            b"".join(
                encode(OutcomeLine(head=head_of(job), number=0, is_final=True, attempt=answer()))
                for job in cluster.jobs(0).values()
            )
        )
        await cluster.coordinator.on_lost(0, segment)
        told = await cluster.told(1, wants=1)
        assert told.block is None  # both jobs are done
        assert {job.label for job in told.grade} == set(LABELS)

    asyncio.run(work())


def test_nothing_of_a_worker_whose_segment_is_out_of_reach_goes_to_another(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 4, max_usd="1")
        hello = Hello(worker=0, node="n", version="1", pid=1, now=datetime.now(UTC), own_segment="calls-1.n.jsonl")
        await cluster.coordinator.greet(hello)
        await cluster.join(1)
        block = await cluster.block(0, 1)
        assert open_leases(cluster.run.path) == {"calls-1.n.jsonl": list(block.positions)}

        await cluster.coordinator.on_lost(0, cluster.run.path / "calls-1.n.jsonl", is_whole=False)
        assert cluster.budget.reserved_usd == Decimal(0)
        assert cluster.budget.spent_usd == Decimal("0.002")  # both models' attempts may have been billed
        leased: list[int] = []
        while (other := (await cluster.told(1, wants=1)).block) is not None:
            leased += other.positions
            await cluster.told(1, finished=(other.number,))
        assert sorted((*block.positions, *leased)) == [0, 1, 2, 3]
        assert (await cluster.told(1)).is_done

    asyncio.run(work())


def test_a_lost_worker_is_told_to_stop(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8)
        await cluster.join(0)
        await cluster.block(0, 2)
        await cluster.coordinator.on_lost(0, tmp_path / "none")
        told = await cluster.told(0, wants=5)
        assert (told.stop, told.is_done, told.block) == (True, True, None)

    asyncio.run(work())


def test_answers_go_to_a_worker_whose_node_can_grade_them(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 1)
        await cluster.join(0, code="no sandbox")
        job = cluster.jobs(0)["p/a"]
        request = GradeRequest(grader="code", sample=job.sample, completion=answer())
        waiting = GradeJob(key=job.key, label="p/a", request=request)
        assert (await cluster.told(0, ungradable=(waiting,))).grade == ()
        await cluster.join(1)
        assert (await cluster.told(1)).grade == (waiting,)
        block = await cluster.block(0, 1)
        await cluster.told(0, finished=(block.number,))
        assert not (await cluster.told(0)).is_done  # the other one is grading
        assert (await cluster.told(1, ended=(EndedJob(job.key, b"{}\n"),))).is_done

    asyncio.run(work())


def test_an_answer_that_broke_grading_at_one_worker_goes_to_another(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 1)
        await cluster.join(0)
        await cluster.join(1)
        job = cluster.jobs(0)["p/a"]
        request = GradeRequest(grader="math", sample=job.sample, completion=answer())
        broken = GradeJob(key=job.key, label="p/a", request=request, tried=(0,))
        assert (await cluster.told(0, ungradable=(broken,))).grade == ()
        assert (await cluster.told(1)).grade == (broken,)

    asyncio.run(work())


def test_a_worker_that_reports_nothing_for_minutes_is_named(tmp_path: Path) -> None:
    at_s = 0.0

    async def work() -> None:
        nonlocal at_s
        cluster = Cluster(tmp_path, 8)
        cluster.coordinator = Coordinator(
            CoordinatorSpec(
                run=cluster.run.path, endpoints=ENDPOINTS, completed=CompletedJobs(), budget=cluster.budget
            ),
            Clock(now=lambda: AT, monotonic=lambda: at_s),
        )
        await cluster.join(0)
        await cluster.join(1)
        at_s = MAX_SILENCE_S + 1
        await cluster.told(1)
        assert (await cluster.coordinator.steer(Commands())).silent == (0,)
        await cluster.coordinator.on_lost(0, tmp_path / "none")
        assert (await cluster.coordinator.steer(Commands())).silent == ()

    asyncio.run(work())


def test_stopping_frees_the_dollars_of_jobs_that_a_lost_worker_had_not_begun(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8, max_usd="1")
        await cluster.join(0)
        await cluster.block(0, 2)
        await cluster.coordinator.on_lost(0, tmp_path / "none")
        assert cluster.budget.reserved_usd == Decimal("0.004")
        await cluster.coordinator.steer(Commands(stop=True))
        assert cluster.budget.reserved_usd == 0

    asyncio.run(work())


def test_pause_by_hand_reaches_every_worker(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8)
        await cluster.join(0)
        await cluster.coordinator.steer(Commands(paused=frozenset({"p/a"})))
        own = EndpointReport(
            held=0, in_flight=0, has_work=True, requests=0, tokens=0, next_tokens=0, state=EndpointState()
        )
        told = await cluster.told(0, endpoints=dict.fromkeys(LABELS, own))
        assert {label: share.is_paused for label, share in told.endpoints.items()} == {"p/a": True, "p/b": False}

    asyncio.run(work())


async def _is_called(cluster: Cluster, worker: int, during: Awaitable[object]) -> bool:
    """Whether a worker that waits for changes is told to report by something that happens."""
    waiting = asyncio.create_task(cluster.coordinator.wait_for_change(worker))
    await asyncio.sleep(0)
    await during
    await asyncio.sleep(0)
    waiting.cancel()
    return waiting.done() and await waiting


def test_a_worker_is_called_for_what_it_must_know_and_not_for_the_results_of_others(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = Cluster(tmp_path, 8)
        await cluster.join(0)
        await cluster.join(1)
        block = await cluster.block(1, 2)
        assert not await _is_called(cluster, 0, cluster.told(1, finished=(block.number,), ended=(EndedJob("k", None),)))
        quiet = EndpointReport(
            held=0, in_flight=0, has_work=True, requests=0, tokens=0, next_tokens=0, state=EndpointState()
        )
        held = replace(quiet, state=EndpointState(hold_s=9.0))
        assert await _is_called(cluster, 0, cluster.told(1, endpoints={"p/a": held, "p/b": quiet}))
        assert not await _is_called(cluster, 0, cluster.told(1, endpoints={"p/a": quiet, "p/b": quiet}))
        steer = cluster.coordinator.steer
        assert await _is_called(cluster, 0, steer(Commands(limits={"p/a": 1})))
        assert not await _is_called(cluster, 0, steer(Commands(limits={"p/a": 1})))
        assert await _is_called(cluster, 0, steer(Commands(stop=True)))
        await cluster.coordinator.on_lost(0, tmp_path / "none")
        assert not await cluster.coordinator.wait_for_change(0)  # it has ended

    asyncio.run(work())
