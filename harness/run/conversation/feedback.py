"""Second attempts with feedback: a failed answer is graded and goes back to the model with what was wrong.

As in Aider's benchmark (aider.chat, "polyglot benchmark"): a failed program comes back with the output of the tests.
Here that is the first test that failed, written by the grader outside the sandbox; the tests themselves are never sent.
A failed math answer comes back with a plain request to check it: the right answer is never told.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from harness.core.conversations import MAX_FEEDBACK_BYTES, ConversationEnd
from harness.core.types import Completion, Grade, Sample, Verdict
from harness.run.conversation.conversation import Conversation

GIVES_FEEDBACK = frozenset({Verdict.WRONG, Verdict.NO_ANSWER, Verdict.TRUNCATED})
"""What is sent back. A refusal is the model's decision, and an error of the grader says nothing about the answer."""

MAX_OUTPUT_LINES = 50
MAX_OUTPUT_BYTES = MAX_FEEDBACK_BYTES - 1_000
"""Of the tests' output, from its start: Aider sends the first 50 lines (benchmark/benchmark.py, 2026-11)."""

TESTED_GRADERS = frozenset({"code"})
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH_TEXTS = {
    "tests": "The tests were run on your program and it failed:\n\n{output}\n\n"
    "The tests are right. Correct the program and give it again, whole, in one code block.",
    "no_program": "No program was found in your answer. Give the whole program in one code block.",
    "check": "Check your solution: is the answer right? Work through the problem once more, correct what is wrong, "
    "and end with the final answer in the form that was asked for.",
    "truncated": "Your answer was cut off at the output limit. Answer again, shorter, and end with the final answer "
    "in the form that was asked for.",
}
_CHINESE_TEXTS = {
    "tests": "已对你的程序运行测试，结果未通过：\n\n{output}\n\n"
    "测试本身没有错误。请修正程序，并在一个代码块中重新给出完整程序。",
    "no_program": "你的回答中没有找到程序。请在一个代码块中给出完整程序。",
    "check": "请检查你的解答：答案是否正确？请重新推导一遍，改正其中的错误，并按要求的格式给出最终答案。",
    "truncated": "你的回答因达到输出上限而被截断。请更简短地重新作答，并按要求的格式给出最终答案。",
}

Grading = Callable[[Completion], Awaitable[Grade]]


async def give_feedback(conversation: Conversation, grade: Grading) -> tuple[Completion, Grade]:
    """Ask, grade and send back until the answer is correct or no round is left; the last answer and its grade.

    Raises TurnFailed where a turn got no answer, and what `call` raises.
    """
    reply: str | None = None
    while True:
        answer = await conversation.ask(reply)
        found = await grade(answer)
        if found.verdict not in GIVES_FEEDBACK or conversation.is_at_limit:
            await conversation.finish(ConversationEnd(reason=found.verdict.value))
            return answer, found
        reply = feedback_text(conversation.job.sample, found)


def feedback_text(sample: Sample, grade: Grade) -> str:
    """The message that a failed answer is sent back with, in the language of the prompt."""
    texts = _CHINESE_TEXTS if _CHINESE.search(sample.prompt) else _ENGLISH_TEXTS
    if grade.verdict is Verdict.TRUNCATED:
        return texts["truncated"]
    if grade.grader not in TESTED_GRADERS:
        return texts["check"]
    if grade.verdict is Verdict.NO_ANSWER:
        return texts["no_program"]
    return texts["tests"].format(output=shortened(grade.why))


def shortened(output: str) -> str:
    """The start of an output: MAX_OUTPUT_LINES lines, MAX_OUTPUT_BYTES bytes."""
    text = "\n".join(output.splitlines()[:MAX_OUTPUT_LINES])
    text = text.encode("utf-8", "replace")[:MAX_OUTPUT_BYTES].decode(errors="ignore")
    return text if text == output else f"{text}\n[...]"
