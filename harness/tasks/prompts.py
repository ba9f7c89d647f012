r"""The instruction each kind of task appends to its problem; part of the prompt, the same for every model.

Zero-shot, no system message, no examples. A change of a word here changes the content hash of the tasks that use it
and the key of every call, so it comes with a new task version. Not here: how an answer is read back (grading).
"""

from __future__ import annotations

MATH = "Reason step by step, and put your final answer within \\boxed{}."
MATH_ZH = "请逐步推理，并将最终答案写在 \\boxed{} 中。"
FUNCTION = "Answer with the complete Python function, and whatever it needs, in one ```python code block."
CLASS = "Answer with the complete class, and whatever it needs, in one ```python code block."
PROGRAM = (
    "Write a Python program that reads the input from standard input and prints the output to standard output. "
    "Answer with the complete program in one ```python code block."
)
VALUE = "Work it out step by step, and put the value as one Python literal between [ANSWER] and [/ANSWER]."

BY_GRADER = {"math": MATH, "code": FUNCTION, "literal": VALUE}
"""What a user's own file gets by its grader, unless its prompt already asks for the form."""

_ALREADY_ASKED = {"math": "\\boxed", "code": "```", "literal": "[ANSWER]"}


def with_instruction(problem: str, instruction: str) -> str:
    """The problem, a blank line, the instruction."""
    return f"{problem.strip()}\n\n{instruction}"


def without_sentence(problem: str, sentence: str) -> str:
    """The problem without a closing instruction that the published file carries inside it."""
    return problem.strip().removesuffix(sentence).rstrip()


def for_grader(problem: str, grader: str) -> str:
    """A user's prompt with the grader's instruction, or as it is where it already asks for that form."""
    instruction = BY_GRADER.get(grader)
    if instruction is None or _ALREADY_ASKED[grader] in problem:
        return problem
    return with_instruction(problem, instruction)
