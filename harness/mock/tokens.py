"""The mock's own rule of what a token is: a piece of at most four characters, with one blank before it if there is one.

Simple on purpose: every count a test compares with can be found by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MESSAGE_TOKENS = 4
"""What each message of a prompt costs on top of its text, as real chat templates add a few."""

_PIECE = re.compile(r"\s?\S{1,4}|\s{1,4}")


def pieces(text: str) -> list[str]:
    """The text cut into tokens; joined together they are the text again."""
    return _PIECE.findall(text)


def prompt_tokens(messages: Iterable[str]) -> int:
    """The tokens of a prompt: the pieces of every message, and MESSAGE_TOKENS for each."""
    return sum(len(pieces(text)) + MESSAGE_TOKENS for text in messages)
