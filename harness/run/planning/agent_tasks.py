"""Which rules the conversations of a run have: those of its agent tasks, feedback rounds, or none."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from harness.core.conversations import AGENT, ConversationRules, agent_rules, feedback_rules
from harness.core.errors import UsageError
from harness.run.request import RunRequest
from harness.tasks.load import LoadedTask


def conversation_rules(request: RunRequest) -> ConversationRules | None:
    """The rules of a request; None where each sample is answered at once. Raises UsageError for what does not mix."""
    agents = [loaded.task.name for loaded in request.tasks if loaded.task.agent_turns is not None]
    others = [loaded.task.name for loaded in request.tasks if loaded.task.agent_turns is None]
    if not agents:
        if request.max_turns is not None or request.max_usd_per_job is not None:
            raise UsageError("--max-steps and --max-usd-per-task are for agent tasks such as repo-fix")
        return feedback_rules(request.feedback_rounds)
    if others:
        raise UsageError(f"an agent solves {', '.join(agents)} and not {', '.join(others)}: run them apart")
    if request.feedback_rounds:
        raise UsageError(f"--feedback-rounds is not for {', '.join(agents)}: an agent runs the tests itself")
    if request.unsafe_no_sandbox:
        raise UsageError("an agent's commands are never run without a sandbox: leave out --unsafe-no-sandbox")
    return agent_rules(
        version=agent_version(), max_turns=request.max_turns or _turns(request.tasks), max_usd=request.max_usd_per_job
    )


def agent_version() -> str:
    """The version of the agent that is installed. Raises UsageError where there is none."""
    try:
        return version(AGENT)
    except PackageNotFoundError:
        raise UsageError(
            f"agent tasks need {AGENT}, which is not installed: pip install 'price-performance-harness[agents]'"
        ) from None


def _turns(tasks: Sequence[LoadedTask]) -> int:
    return max(loaded.task.agent_turns or 0 for loaded in tasks)
