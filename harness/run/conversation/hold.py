"""Holds a conversation by its rules: feedback rounds, or an agent."""

from __future__ import annotations

from harness.core.types import Completion, Grade
from harness.run.conversation.conversation import Conversation
from harness.run.conversation.feedback import give_feedback
from harness.run.execution.answer_grading import AnswerGrader
from harness.run.execution.grade_pool import GradeRequest


async def hold(conversation: Conversation, pool: AnswerGrader) -> tuple[Completion, Grade | None]:
    """The answer that counts and its grade, once the conversation has ended and its end is on disk.

    Raises TurnFailed where a turn got no answer, and what `run.execution.call.call` raises.
    """
    job = conversation.job

    async def grade(answer: Completion) -> Grade:
        return await pool.grade(GradeRequest(grader=job.grader, sample=job.sample, completion=answer))

    if conversation.rules.agent is None:
        return await give_feedback(conversation, grade)
    from harness.run.conversation.agent import run_agent  # imports the extra agents

    return await run_agent(conversation, grade)
