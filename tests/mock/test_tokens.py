"""The mock's rule of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.mock.tokens import pieces, prompt_tokens


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_a_piece_has_four_characters_and_perhaps_a_blank_before_them() -> None:
    assert pieces("What is 20 + 22?") == ["What", " is", " 20", " +", " 22?"]


def test_each_message_costs_four_tokens_more() -> None:
    assert prompt_tokens(["What is 20 + 22?", "Hi"]) == 5 + 4 + 1 + 4
