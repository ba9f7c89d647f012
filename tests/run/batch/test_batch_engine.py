"""Runs by batches from the plan to the log: dollars, stops, retries, expiry, lost answers, budgets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Completion, Failure, FailureKind
from harness.mock.attempt import WRONG_KEY
from harness.mock.batches.store import BatchLine, BatchScript
from harness.mock.billing import total_usd
from harness.providers.batch.loader import batch_dialects
from harness.providers.batch.protocol import BatchClient
from harness.providers.transport.openai_backend import whole_client
from harness.run.batch.submit import BatchSubmitter
from harness.run.execution.call import head_of
from harness.run.execution.run_context import RunContext
from harness.store.batches import BatchJournal, BatchPlanned, BatchPrepared
from harness.store.call_log import calls
from harness.store.codec import SentLine, encode
from harness.store.log import LogWriter
from harness.store.resume import completed_jobs
from tests.run.batch.batch_session import (
    batch_endpoint,
    batch_mock,
    batch_model,
    make_batch_run,
    run_session,
)

FORMS = ("openai", "together", "gemini_compat", "anthropic_messages", "xai")
"""One dialect of each form of batches."""


def run_async(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


@pytest.mark.parametrize("dialect", batch_dialects())
def test_answers_are_billed_at_batch_rates_without_latency_and_as_the_ledger_has_them(
    tmp_path: Path, dialect: str
) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            entries = mock.ledger.entries()
            assert not mock.state.batches.files  # what was uploaded is deleted
        found = list(calls(run))
        assert len(found) == len(entries) == 12
        # 0.5 and 2 dollars per million tokens: half of the plain rates
        tokens = [one.tokens for one in entries]
        expected = sum(Decimal(one.prompt) / 2 + 2 * one.completion for one in tokens) / 10**6
        assert session.usd() == total_usd(entries) == expected
        for call in found:
            assert call.accepted is not None
            assert call.accepted.reported_cost_usd in (None, *(one.bill.usd for one in entries))
            timing = call.accepted.timing
            assert (call.accepted.service_tier, timing.total_s, timing.ttft_s) == ("batch", None, None)
            assert timing.started_at is not None

    run_async(work)


def test_an_upload_that_cannot_be_deleted_is_told_of(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(keeps_upload=True))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock)])
            session = await run_session(run, plan)
            (left,) = mock.state.batches.files
            assert session.done() == 12
            assert session.outcome.left_uploads["sim/mock-model"].startswith(f"{left}: ")
            assert not BatchJournal(run.path).open_batches

    run_async(work)


def test_a_session_that_leaves_finds_its_batch_again_and_submits_nothing_twice(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()], time_scale=1e6) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock)])
            left = await run_session(run, plan, stop_once_running=True)
            assert left.done() == 0
            assert left.outcome.running_batches == {"sim/mock-model": 1}
            mock.state.batches.advance(72)
            taken_up = await run_session(run, plan)
            assert taken_up.done() == 12
            assert len(mock.state.batches.batches) == 1
            assert taken_up.usd() == mock.ledger.total()
            again = await run_session(run, plan)  # complete: nothing is asked any more
            assert again.done() == 12
            assert len(mock.state.batches.batches) == 1

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_a_start_whose_answer_was_lost_is_found_and_not_repeated(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(lost_response=True))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            assert session.done() == 12
            assert len(mock.state.batches.batches) == 1
            assert session.usd() == mock.ledger.total()

    run_async(work)


def test_a_lost_start_without_a_name_waits_until_the_batch_that_may_be_it_has_ended(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()], time_scale=1e6) as mock:
            mock.state.batches.scripts.append(BatchScript(lost_response=True))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, "anthropic_messages")])
            is_undecided = asyncio.Event()

            def heard(reason: str) -> None:
                if "may be it" in reason:
                    is_undecided.set()

            working = asyncio.create_task(run_session(run, plan, heard))
            await is_undecided.wait()
            mock.state.batches.advance(72)
            session = await working
            assert session.done() == 12
            assert len(mock.state.batches.batches) == 1
            assert session.usd() == mock.ledger.total()

    run_async(work)


@pytest.mark.parametrize("dialect", [one for one in FORMS if one != "xai"])  # there the batch is made before its start
def test_a_start_that_never_came_is_not_mistaken_for_the_batch_of_another_run_of_the_same_plan(
    tmp_path: Path, dialect: str
) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            first, plan = make_batch_run(tmp_path / "first", [batch_endpoint(mock, dialect)])
            before = await run_session(first, plan)
            second, plan = make_batch_run(tmp_path / "second", [batch_endpoint(mock, dialect)])
            journal = BatchJournal(second.path)
            (own,) = BatchJournal(first.path).batches.values()
            now = SYSTEM_CLOCK.now()
            planned = replace(own.plan, at=now, tag="second-0-0123456789ab")
            journal.add(planned)
            log = LogWriter(second.next_call_file())
            for job in plan.jobs(plan.endpoints[0]):
                await log.put(encode(SentLine(head=head_of(job), number=0, at=now, bound_usd=None)))
            await log.close()
            journal.add(BatchPrepared(batch=planned.batch, at=now, reference="file-that-is-gone"))
            after = await run_session(second, plan)
            assert after.done() == 12
            assert len(mock.state.batches.batches) == 2
            assert (before.usd() or 0) + (after.usd() or 0) == mock.ledger.total()

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_requests_that_failed_go_into_a_further_batch(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        faults = {"server_error": 0.1, "rate_limit": 0.1}
        async with batch_mock([batch_model(seed=3, faults=faults)]) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            assert session.done() == 12
            assert len(mock.state.batches.batches) > 1
            failures = [one for call in calls(run) for one in call.attempts if isinstance(one, Failure)]
            assert {one.kind for one in failures} <= {FailureKind.SERVER_ERROR, FailureKind.RATE_LIMITED}
            assert failures
            assert session.usd() == mock.ledger.total()

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_what_an_expired_batch_left_out_is_not_billed_and_sent_again(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(expires=True, share=0.5))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            assert session.done() == 12
            sizes = [len(one.lines) for one in mock.state.batches.batches.values()]
            assert sizes == [12, 6]
            kinds = [one.kind for call in calls(run) for one in call.attempts if isinstance(one, Failure)]
            assert kinds == [FailureKind.NOT_PROCESSED] * 6
            assert session.usd() == mock.ledger.total()

    run_async(work)


def test_a_missing_result_has_an_unknown_cost_and_a_double_one_counts_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(missing=1, duplicates=3))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock)])
            session = await run_session(run, plan)
            assert session.done() == 12
            assert session.progress.models["sim/mock-model"].unpriced == 1
            answered = [call for call in calls(run) if isinstance(call.attempts[-1], Completion)]
            assert sorted(len(call.attempts) for call in answered) == [1] * 11 + [2]

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_what_is_missing_of_a_batch_that_was_cut_short_may_have_been_billed(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(expires=True, share=0.5, missing=2))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            first = [call.attempts[0] for call in calls(run)]
            kinds = Counter(one.kind for one in first if isinstance(one, Failure))
            # xAI lists nothing that it left out, so which are missing and which were left out cannot be told
            lost = 8 if dialect == "xai" else 2
            assert kinds == Counter({FailureKind.EMPTY_RESPONSE: lost, FailureKind.NOT_PROCESSED: 8 - lost})
            assert session.progress.models["sim/mock-model"].unpriced == lost

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_an_answer_under_the_name_of_another_run_is_none_of_this_one(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(foreign=2))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            session = await run_session(run, plan)
            assert "2 results that are of no request in it" in (session.outcome.trouble or "")
            first = [call.attempts[0] for call in calls(run)]
            assert sum(isinstance(one, Failure) for one in first) == 2

    run_async(work)


def test_a_start_that_the_provider_is_slow_to_show_is_waited_for(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            endpoint = replace(batch_endpoint(mock), simulated=False)
            run, plan = make_batch_run(tmp_path / "run", [endpoint])
            journal, long_ago = BatchJournal(run.path), SYSTEM_CLOCK.now() - timedelta(hours=1)
            jobs = list(plan.jobs(endpoint))
            names = tuple((job.key, 0) for job in jobs)
            journal.add(
                BatchPlanned(batch=1, at=long_ago, label=endpoint.label, tag="t-1-0123456789ab", attempts=names)
            )
            prepared = journal.add(BatchPrepared(batch=1, at=long_ago, reference="file-1"))
            with whole_client() as http:
                waits: list[float] = []

                async def shown_late(seconds: float) -> None:
                    waits.append(seconds)
                    store = mock.state.batches
                    line = BatchLine(custom_id="x", body={})
                    store.add_batch(dialect="openai", route="chat/completions", name="file-1", lines=(line,))

                submitter = BatchSubmitter(
                    context=cast(RunContext, None),
                    journal=journal,
                    clock=SYSTEM_CLOCK,
                    run_name="run",
                    clients={endpoint.label: BatchClient(endpoint, "a-good-key", http)},
                    sleep=shown_late,
                )
                found = await submitter.find(endpoint, prepared, [])
            assert found is not None
            assert found.id is not None
            assert waits == [10.0]

    run_async(work)


def test_a_refused_batch_leaves_its_jobs_open_at_no_cost(tmp_path: Path) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            mock.state.batches.scripts.append(BatchScript(refused="enqueued token limit reached"))
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock)])
            session = await run_session(run, plan)
            assert session.done() == 0
            assert session.usd() == 0
            assert "enqueued token limit reached" in session.outcome.stopped["sim/mock-model"].why
            assert completed_jobs(run).unknown == []
            assert (await run_session(run, plan)).done() == 12

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_a_key_that_is_refused_submits_nothing_and_costs_nothing(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            refused = await run_session(run, plan, key=WRONG_KEY)
            assert refused.done() == 0
            assert refused.usd() == 0
            assert "unauthorized" in refused.outcome.stopped["sim/mock-model"].why
            assert WRONG_KEY not in "".join(path.read_text() for path in run.path.iterdir() if path.is_file())
            assert mock.state.batches.batches == {}
            assert (await run_session(run, plan)).done() == 12

    run_async(work)


def test_a_budget_holds_over_batches_and_takes_the_same_samples_for_all_models(tmp_path: Path) -> None:
    async def work() -> None:
        names = ("mock-model", "other")
        async with batch_mock([batch_model(name) for name in names]) as mock:
            endpoints = [batch_endpoint(mock, model=name) for name in names]
            run, plan = make_batch_run(tmp_path / "run", endpoints, max_usd="0.0016")
            session = await run_session(run, plan)
            assert mock.ledger.total() <= Decimal("0.0016")
            assert session.budget.spent_usd == mock.ledger.total()
            assert session.outcome.unfunded_jobs
            first, second = ({call.sample_id for call in calls(run) if call.label == f"sim/{name}"} for name in names)
            assert first == second
            assert 0 < len(first) < 12
            # a request is bounded by (16 + 1024) x 0.5 + 100 x 2 = 720 millionths: one position of two models a round
            assert all(len(one.lines) == 1 for one in mock.state.batches.batches.values())

    run_async(work)


@pytest.mark.parametrize("dialect", FORMS)
def test_a_cancelled_batch_keeps_what_was_answered_and_leaves_the_rest_open(tmp_path: Path, dialect: str) -> None:
    async def work() -> None:
        async with batch_mock([batch_model()], time_scale=1e6) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock, dialect)])
            await run_session(run, plan, stop_once_running=True)
            (batch,) = mock.state.batches.batches.values()
            mock.state.batches.advance(batch.takes_h / 2)
            mock.state.batches.cancel(batch)
            session = await run_session(run, plan)
            assert session.done() == 6  # half of the time, half of the requests
            assert "was cancelled" in session.outcome.stopped["sim/mock-model"].why
            assert BatchJournal(run.path).open_batches == []
            assert session.usd() == mock.ledger.total()

    run_async(work)
