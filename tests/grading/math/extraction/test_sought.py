"""A text that a pattern matches holds what the pattern is said to need."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.grading.math.extraction import phrases, statements
from harness.grading.math.extraction.sought import Sought

SOUGHT = {
    name: value for module in (phrases, statements) for name, value in vars(module).items() if isinstance(value, Sought)
}


@pytest.mark.slow(10)
@pytest.mark.parametrize("name", SOUGHT)
def test_every_ascii_match_holds_what_is_needed(name: str) -> None:
    sought = SOUGHT[name]
    alphabet = st.sampled_from(string.printable)

    @settings(max_examples=300, deadline=None)
    @given(st.from_regex(sought.pattern, alphabet=alphabet), st.text(alphabet, max_size=3))
    def holds(text: str, before: str) -> None:
        assert sought.may_match(before + text) or not sought.pattern.search(before + text)

    holds()


def test_a_text_beyond_ascii_is_always_searched() -> None:
    sought = Sought(re.compile("answer", re.IGNORECASE), needs="answer")
    assert [match[0] for match in sought.finditer("the anſwer")] == ["anſwer"]
    assert sought.sub("", "the anſwer") == "the "
    assert sought.search("THE ANSWER") is not None
    assert sought.search("the result") is None
