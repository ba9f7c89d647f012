"""Rules of a conversation."""

from __future__ import annotations

from harness.core.conversations import ConversationRules, feedback_rules


def test_two_rounds_allow_three_requests_and_none_makes_no_conversation() -> None:
    assert feedback_rules(2) == ConversationRules(feedback_rounds=2, max_turns=3, max_reply_bytes=5_000)
    assert feedback_rules(0) is None
