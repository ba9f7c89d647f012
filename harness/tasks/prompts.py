r"""The instruction that each kind of task appends to its problem: part of the prompt, the same for every model.

Zero-shot, no system message, no examples. A changed word changes the content hash of the tasks that use it and the key
of every call, so it comes with a new task version. How an answer is extracted from a response: grading.
"""

from __future__ import annotations

import re

MATH = "Reason step by step, and put your final answer within \\boxed{}."
MATH_ZH = "请逐步推理，并将最终答案写在 \\boxed{} 中。"
FUNCTION = "Answer with the complete Python function, and whatever it needs, in one ```python code block."
CLASS = "Answer with the complete class, and whatever it needs, in one ```python code block."
PROGRAM = (
    "Write a Python program that reads the input from standard input and prints the output to standard output. "
    "Answer with the complete program in one ```python code block."
)
FUNCTION_ZH = "请将完整的 Python 函数及其所需的全部代码写在一个 ```python 代码块中。"
VALUE = "Work it out step by step, and put the value as one Python literal between [ANSWER] and [/ANSWER]."
VALUE_ZH = "请逐步推理，并将结果以一个 Python 字面量的形式写在 [ANSWER] 和 [/ANSWER] 之间。"

_BY_GRADER = {
    "math": (MATH, MATH_ZH),
    "numeric": (MATH, MATH_ZH),
    "code": (FUNCTION, FUNCTION_ZH),
    "literal": (VALUE, VALUE_ZH),
}
"""What a sample of a user's file gets, in English and in Chinese; the graders exact, contains and regex add nothing."""

_ALREADY_ASKED = {"math": "\\boxed", "numeric": "\\boxed", "code": "```", "literal": "[ANSWER]"}


def with_instruction(problem: str, instruction: str) -> str:
    """The problem, a blank line, the instruction."""
    return f"{problem.strip()}\n\n{instruction}"


def without_sentence(problem: str, sentence: str) -> str:
    """The problem without a closing instruction that the published file carries inside it."""
    return problem.strip().removesuffix(sentence).rstrip()


def for_grader(problem: str, grader: str) -> str:
    """A user's prompt with the grader's instruction in the prompt's language (English or Chinese).

    A prompt that already asks for the form (`\\boxed`, a code fence, `[ANSWER]`) stays as it is.
    """
    if grader not in _BY_GRADER or _ALREADY_ASKED[grader] in problem:
        return problem
    english, chinese = _BY_GRADER[grader]
    return with_instruction(problem, chinese if is_chinese(problem) else english)


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_NOT_PROSE = re.compile(r"```.*?```|\$[^$]*\$|\\\(.*?\\\)|\\\[.*?\\\]|\\[A-Za-z]+", re.DOTALL)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def is_chinese(text: str) -> bool:
    """Whether the prose of a prompt is Chinese: more Han characters than Latin words, and no kana or hangul.

    Formulas and code blocks do not count. Each sample is decided alone, so that adding rows to a file changes no
    prompt of the others.
    """
    if text.isascii():
        return False
    prose = _NOT_PROSE.sub(" ", text)
    if _KANA_OR_HANGUL.search(prose):
        return False
    return len(_HAN.findall(prose)) > len(_LATIN_WORD.findall(prose))
