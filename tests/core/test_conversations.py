"""Rules of a conversation."""

from __future__ import annotations

import pytest

from harness.core.conversations import ConversationRules, feedback_rules
from harness.core.errors import UsageError


def test_two_rounds_allow_three_requests_and_none_makes_no_conversation() -> None:
    assert feedback_rules(2) == ConversationRules(feedback_rounds=2, max_turns=3, max_reply_bytes=5_000)
    assert feedback_rules(0) is None


@pytest.mark.parametrize("rounds", [-1, 21])
def test_feedback_rounds_have_a_range(rounds: int) -> None:
    with pytest.raises(UsageError, match=f"--feedback-rounds {rounds}; accepted: 1 to 20"):
        feedback_rules(rounds)
