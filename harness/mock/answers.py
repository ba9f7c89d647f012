"""What a simulated model says: right and wrong answers to the samples it was given, padded to a drawn length.

Covers problems with a short answer (ends in \\boxed{}) and function-writing problems (ends in a ```python block).
A wrong answer is plausible and surely wrong: a number off by a little, a function whose results are off or None.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from harness.core.labels import without_cold_line
from harness.core.types import Sample
from harness.mock.tokens import pieces

UNKNOWN_PROMPT = "This simulated model was not given that problem, so it has no answer to it."
REFUSAL = "I am not able to help with that request."

_THOUGHTS = (
    "Let us read the problem once more and list what is given and what is asked. "
    "First the quantities are put into a common form, so that they can be compared. "
    "A direct way seems open, yet it is worth looking for a shorter one. "
    "Each step follows from the one before it, and nothing was used that was not given. "
    "Checking the small cases by hand shows the same pattern as the general rule. "
    "The other reading of the question would lead to a contradiction, so it can be left aside. "
    "Substituting back into the original statement confirms the result. "
    "What remains is to write the outcome down in the form that was asked for. "
)
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)
_OFF = """
def _off(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return -value - 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return value + [None]
    return None if value is not None else 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerBook:
    """The samples by their prompt, so that a request's last user message finds its problem."""

    by_prompt: Mapping[str, Sample]

    @classmethod
    def from_samples(cls, samples: Iterable[Sample]) -> AnswerBook:
        """Of samples with the same prompt the first one counts."""
        by_prompt: dict[str, Sample] = {}
        for sample in samples:
            by_prompt.setdefault(without_cold_line(sample.prompt).strip(), sample)
        return cls(by_prompt=by_prompt)

    def find(self, user_message: str) -> Sample | None:
        """The sample whose prompt this is, blanks at both ends and the first line of a cold run aside."""
        return self.by_prompt.get(without_cold_line(user_message).strip())

    def find_in(self, texts: Iterable[str], user_message: str) -> Sample | None:
        """The sample of a conversation: that of the last user message, else of the first message that is a prompt."""
        found = (self.find(text) for text in (user_message, *texts))
        return next((sample for sample in found if sample is not None), None)


def answer_text(sample: Sample | None, *, is_correct: bool, tokens: int, text_seed: int) -> str:
    """A response of about `tokens` tokens, longer where the part that matters is longer."""
    random = Random(text_seed)
    if sample is None:
        return UNKNOWN_PROMPT
    final = right_answer(sample) if is_correct else None
    if final is None:
        final = wrong_answer(sample, random)
    missing = tokens - len(pieces(final)) - 1
    if missing < 1:
        return final
    return "".join(thoughts(missing, random)).strip() + "\n\n" + final


def thoughts(count: int, random: Random) -> list[str]:
    """`count` tokens of prose that works on nothing in particular and holds no number."""
    pool = _thought_pieces()
    start = random.randrange(len(pool))
    rounds = (start + count) // len(pool) + 1
    return (pool * rounds)[start : start + count]


@cache
def _thought_pieces() -> list[str]:
    return pieces(_THOUGHTS)


def right_answer(sample: Sample) -> str | None:
    """A response that must grade correct; None for a function-writing problem without a reference."""
    if sample.reference is not None:
        return sample.reference
    if is_code(sample):
        return None
    return f"Therefore the answer is \\boxed{{{sample.target}}}."


def wrong_answer(sample: Sample, random: Random) -> str:
    """A plausible response that must not grade correct."""
    if is_code(sample):
        return f"```python\n{_broken_code(sample, random)}\n```"
    return f"Therefore the answer is \\boxed{{{altered(sample.target, random)}}}."


def is_code(sample: Sample) -> bool:
    """Whether the sample asks for a function: its reference holds a code block, or its target is tests as JSON."""
    if sample.reference is not None and "```" in sample.reference:
        return True
    if sample.target[:1] not in ("{", "["):
        return False
    try:
        tests = json.loads(sample.target)
    except ValueError:
        return False
    if isinstance(tests, list):
        return bool(tests) and not isinstance(tests[0], int | float)
    return isinstance(tests, dict)


def altered(target: str, random: Random) -> str:
    """The target with its first whole number changed by one to nine.

    Without a number: another letter for a choice such as (B), else `+ 1` behind it.
    """
    found = re.search(r"\d+", target)
    choice = re.search(r"(?<![A-Za-z])[A-E](?![A-Za-z])", target)
    if found is None and choice is not None:
        letter = "ABCDE"[("ABCDE".index(choice.group()) + random.randint(1, 4)) % 5]
        return f"{target[: choice.start()]}{letter}{target[choice.end() :]}"
    if found is None:
        return f"{target} + 1"
    number = int(found.group()) + random.randint(1, 9)
    return f"{target[: found.start()]}{number}{target[found.end() :]}"


def _broken_code(sample: Sample, random: Random) -> str:
    tree = _reference_tree(sample)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)] if tree else []
    if tree is None or not functions:
        named = re.search(r"def\s+(\w+)\s*\(", sample.prompt)
        return f"def {named.group(1) if named else 'solution'}(*args, **kwargs):\n    return None"
    if random.random() < 0.5:
        for function in functions:
            function.body = [ast.Return(value=ast.Constant(value=None))]
        return ast.unparse(ast.fix_missing_locations(tree))
    # The right functions go inside another: their recursion and their parts stay right, only the result is off.
    rest = [ast.unparse(node) for node in tree.body if node not in functions]
    inside = "\n".join(_indented(ast.unparse(function)) for function in functions)
    names = [function.name for function in functions]
    table = ", ".join(f"{name!r}: {name}" for name in names)
    outer = [
        f"def {name}(*args, **kwargs):\n    return _off(_worked_out()[{name!r}](*args, **kwargs))\n" for name in names
    ]
    worked_out = f"def _worked_out():\n{inside}\n    return {{{table}}}\n"
    return "\n".join([*rest, worked_out, _OFF, *outer])


def _indented(source: str) -> str:
    return "\n".join("    " + line for line in source.splitlines())


def _reference_tree(sample: Sample) -> ast.Module | None:
    if sample.reference is None:
        return None
    blocks = _FENCE.findall(sample.reference)
    try:
        return ast.parse(blocks[-1] if blocks else sample.reference)
    except SyntaxError:
        return None
