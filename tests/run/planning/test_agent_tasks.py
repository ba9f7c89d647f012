"""Which rules the conversations of a run have."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.errors import UsageError
from harness.core.types import Sample, SamplingParams, Source, Task
from harness.run.planning.agent_tasks import agent_version, conversation_rules
from harness.run.request import RunRequest
from harness.tasks.load import LoadedTask

PLAIN = Task(
    name="plain",
    version=1,
    grader="math",
    source=Source(title="", licence=""),
    to_sample=lambda row, place: Sample(id="1", prompt="p", target="t"),
    content_hash=None,
)


def request(*tasks: Task, **values: object) -> RunRequest:
    loaded = tuple(LoadedTask(task=task, samples=(), content_hash="", origin="") for task in tasks)
    made = RunRequest(
        endpoints=(),
        tasks=loaded,
        prices=(),
        limit=None,
        repeats=1,
        params=SamplingParams(),
        seed=0,
        max_usd=None,
        max_usd_per_model=None,
        allow_unpriced=False,
        unsafe_no_sandbox=False,
        command=(),
    )
    return replace(made, **values)  # type: ignore[arg-type]


AGENT = replace(PLAIN, name="fix", agent_turns=30)


def test_a_plain_run_has_no_rules_and_feedback_rounds_make_some() -> None:
    assert conversation_rules(request(PLAIN)) is None
    rules = conversation_rules(request(PLAIN, feedback_rounds=2))
    assert rules is not None
    assert (rules.max_turns, rules.agent) == (3, None)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request(PLAIN, max_turns=3), "--max-steps and --max-usd-per-task are for agent tasks"),
        (request(PLAIN, max_usd_per_job=Decimal(1)), "are for agent tasks"),
        (request(AGENT, PLAIN), "an agent solves fix and not plain"),
        (request(AGENT, feedback_rounds=1), "--feedback-rounds is not for fix"),
        (request(AGENT, unsafe_no_sandbox=True), "never run without a sandbox"),
    ],
)
def test_what_does_not_go_together_is_refused(asked: RunRequest, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        conversation_rules(asked)


def test_an_agent_has_its_tasks_turns_or_those_asked_for() -> None:
    try:
        agent_version()
    except UsageError as error:
        assert "agents" in str(error)  # noqa: PT017 - the extra may be missing; then this is what a user reads
        return
    own, asked = conversation_rules(request(AGENT)), conversation_rules(request(AGENT, max_turns=5))
    assert own is not None
    assert asked is not None
    assert (own.max_turns, asked.max_turns) == (30, 5)
