"""What a think block is, in texts that hold thinking and answer as one: `<think>...</think>answer`.

A block that never closes runs to the end. A closing tag whose opening one is missing ends a block that began with the
text, for some templates open it in the prompt. Two readings of that, which differ on purpose: a reply is split for
good before it is stored, so `split_thinking` takes only the dialect's own tags and only blocks the text begins with
(an answer may quote a tag); a grader reads texts of any origin and may read again, so `without_thinking` drops blocks
under any known tag, wherever they stand. Not here: the same while a text streams (providers.think_tags), reasoning
that comes in a field of its own (providers.reply).
"""

from __future__ import annotations

import re

_NAMES = r"(?:think|thinking|thought|reasoning)"
_OPENING = rf"(?:<{_NAMES}>|<\|begin_of_thought\|>)"
_CLOSING = rf"(?:</{_NAMES}>|<\|end_of_thought\|>)"
_BLOCK = re.compile(rf"{_OPENING}.*?(?:{_CLOSING}|\Z)", re.DOTALL | re.IGNORECASE)
_LONE_CLOSING = re.compile(_CLOSING, re.IGNORECASE)


def without_thinking(text: str) -> str:
    """The text without its think blocks; each leaves a line break, so that its neighbours stay apart."""
    return _LONE_CLOSING.split(_BLOCK.sub("\n", text))[-1]


def split_thinking(text: str, tags: tuple[str, ...], *, starts_inside: bool = False) -> tuple[str, str]:
    """(reasoning, answer) of a whole reply.

    `starts_inside`: the text began as thinking, even where no closing tag ever came.
    """
    reasoning: list[str] = []
    rest = text
    while True:
        bare = rest.lstrip()
        tag = next((tag for tag in tags if bare.startswith(f"<{tag}>")), None)
        if tag is None:
            break
        inside, closed, rest = bare[len(tag) + 2 :].partition(f"</{tag}>")
        reasoning.append(inside)
        if not closed:
            return "\n".join(reasoning).strip(), ""
    if not reasoning:
        for tag in tags:
            before, closed, after = rest.partition(f"</{tag}>")
            if closed and f"<{tag}>" not in before:
                return before.strip(), after.lstrip()
        return (text.strip(), "") if starts_inside else ("", text)
    return "\n".join(part.strip() for part in reasoning).strip(), rest.lstrip()
