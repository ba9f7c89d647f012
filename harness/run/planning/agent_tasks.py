"""Which rules the conversations of a run have: those of its agent tasks, feedback rounds, or none."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version

from harness.core.conversations import AGENT, ConversationRules, agent_rules, feedback_rules
from harness.core.errors import UsageError
from harness.tasks.load import LoadedTask


def conversation_rules(
    tasks: Sequence[LoadedTask],
    *,
    feedback_rounds: int | None,
    max_turns: int | None,
    max_usd: Decimal | None,
    unsafe_no_sandbox: bool = False,
    is_batch: bool = False,
) -> ConversationRules | None:
    """The rules of a run of these tasks; None where each sample is answered at once.

    `max_turns`: instead of the agent tasks' own. Raises UsageError for what does not go together.
    """
    agents = [loaded.task for loaded in tasks if loaded.task.agent_turns is not None]
    names, others = ", ".join(task.name for task in agents), [one.task.name for one in tasks if one.task not in agents]
    if not agents:
        if max_turns is not None or max_usd is not None:
            raise UsageError("--max-steps and --max-usd-per-task are for agent tasks such as repo-fix")
        if is_batch and feedback_rounds:
            raise UsageError("--feedback-rounds cannot go with --batch, which sends all requests at once")
        return feedback_rules(feedback_rounds or 0)
    if others:
        raise UsageError(f"an agent solves {names} and not {', '.join(others)}: run them apart")
    if feedback_rounds:
        raise UsageError(f"--feedback-rounds is not for {names}: an agent runs the tests itself")
    if is_batch:
        raise UsageError(f"--batch is not for {names}: each request of an agent waits for the answer to the one before")
    if unsafe_no_sandbox:
        raise UsageError("an agent's commands are never run without a sandbox: leave out --unsafe-no-sandbox")
    turns = max_turns or max(task.agent_turns or 0 for task in agents)
    return agent_rules(version=agent_version(), max_turns=turns, max_usd=max_usd)


def agent_version() -> str:
    """The version of the agent that is installed. Raises UsageError where there is none."""
    try:
        return version(AGENT)
    except PackageNotFoundError:
        raise UsageError(
            f"agent tasks need {AGENT}, which is not installed: pip install 'price-performance-harness[agents]'"
        ) from None
