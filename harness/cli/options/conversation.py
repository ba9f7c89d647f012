"""Options of jobs that take several requests: feedback rounds, and the limits of an agent."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from harness.cli.options.context import dollars, positive
from harness.core.conversations import MAX_FEEDBACK_ROUNDS, ConversationRules
from harness.run.planning.agent_tasks import conversation_rules
from harness.tasks.load import LoadedTask


def add_conversation_options(parser: argparse._ActionsContainer) -> None:
    """Declare them."""
    parser.add_argument(
        "--feedback-rounds",
        type=positive,
        metavar="N",
        help=f"more attempts at a wrong answer, 1 to {MAX_FEEDBACK_ROUNDS} (default: 0)",
    )
    parser.add_argument("--max-steps", type=positive, metavar="N", help="requests of an agent per sample (default: 30)")
    parser.add_argument(
        "--max-usd-per-task",
        type=dollars,
        metavar="USD",
        help="agent's budget per sample in dollars, never exceeded",
    )


def planned_conversation(arguments: argparse.Namespace, tasks: Sequence[LoadedTask]) -> ConversationRules | None:
    """The rules that `harness run` with these options would have. Raises UsageError where they do not fit the tasks."""
    return conversation_rules(
        tasks,
        feedback_rounds=arguments.feedback_rounds,
        max_turns=arguments.max_steps,
        max_usd=arguments.max_usd_per_task,
        is_batch=arguments.batch,
    )
