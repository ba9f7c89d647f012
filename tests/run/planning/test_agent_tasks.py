"""Which rules the conversations of a run have."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from harness.core.conversations import ConversationRules
from harness.core.errors import UsageError
from harness.core.types import Sample, Source, Task
from harness.run.planning.agent_tasks import agent_version, conversation_rules
from harness.tasks.load import LoadedTask
from tests.cases import all_cases

PLAIN = Task(
    name="plain",
    version=1,
    grader="math",
    source=Source(title="", licence=""),
    to_sample=lambda row, place: Sample(id="1", prompt="p", target="t"),
    content_hash=None,
)


def rules(*tasks: Task, **values: Any) -> ConversationRules | None:
    loaded = [LoadedTask(task=task, samples=(), content_hash="", origin="") for task in tasks]
    return conversation_rules(loaded, **{"feedback_rounds": None, "max_turns": None, "max_usd": None, **values})


AGENT = replace(PLAIN, name="fix", agent_turns=30)


def test_a_plain_run_has_no_rules_and_feedback_rounds_make_some() -> None:
    assert rules(PLAIN) is None
    found = rules(PLAIN, feedback_rounds=2)
    assert found is not None
    assert (found.max_turns, found.agent) == (3, None)


@all_cases(
    ("tasks", "options", "words"),
    [
        ((PLAIN,), {"max_turns": 3}, "--max-steps and --max-usd-per-task are for agent tasks"),
        ((PLAIN,), {"max_usd": Decimal(1)}, "are for agent tasks"),
        ((AGENT, PLAIN), {}, "an agent solves fix and not plain"),
        ((AGENT,), {"feedback_rounds": 1}, "--feedback-rounds is not for fix"),
        ((PLAIN,), {"feedback_rounds": 1, "is_batch": True}, "--feedback-rounds cannot go with --batch"),
        ((AGENT,), {"is_batch": True}, "--batch is not for fix"),
        ((AGENT,), {"unsafe_no_sandbox": True}, "never run without a sandbox"),
    ],
)
def test_what_does_not_go_together_is_refused(tasks: tuple[Task, ...], options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rules(*tasks, **options)


def test_an_agent_has_its_tasks_turns_or_those_asked_for() -> None:
    try:
        agent_version()
    except UsageError as error:
        assert "agents" in str(error)  # noqa: PT017 - the extra may be missing; then this is what a user reads
        return
    own, asked = rules(AGENT), rules(AGENT, max_turns=5)
    assert own is not None
    assert asked is not None
    assert (own.max_turns, asked.max_turns) == (30, 5)
