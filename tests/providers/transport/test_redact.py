"""No key of ours is in what an attempt holds, however it is spelt, and no answer is changed for a short word."""

from __future__ import annotations

import json
from dataclasses import asdict
from urllib.parse import quote

import pytest

from harness.core.types import Completion, Failure, FailureKind, FinishReason, Usage
from harness.providers.transport.redact import MASK, mask_key, redact_keys
from tests.report.runs import timing

KEY = 'sk-live/"0123456789+abcdef'


@pytest.mark.parametrize("spelling", [KEY, json.dumps(KEY)[1:-1], quote(KEY, safe="")])
def test_a_key_is_found_as_it_is_in_json_and_in_an_address(spelling: str) -> None:
    assert mask_key(f"refused: {spelling}!", KEY) == f"refused: {MASK}!"


def test_the_beginning_of_a_key_in_a_message_cut_short_is_taken_out() -> None:
    assert mask_key(f"Incorrect API key: {KEY[:15]}", KEY) == f"Incorrect API key: {MASK}"


def test_every_text_of_an_attempt_is_looked_through_names_in_objects_too() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=1, problems=(f"odd {KEY}",))
    failed = Failure(
        kind=FailureKind.UNAUTHORIZED,
        message=f"no {KEY}",
        is_retryable=False,
        timing=timing(),
        usage=usage,
        raw_usage={KEY: [KEY, {"in": KEY}]},
    )
    clean = redact_keys(failed, [KEY])
    assert KEY not in repr(asdict(clean))
    assert isinstance(clean, Failure)
    assert clean.raw_usage == {MASK: [MASK, {"in": MASK}]}


def test_a_word_used_as_a_key_stays_in_the_answer() -> None:
    said = Completion(text="EMPTY is the answer", reasoning="", finish_reason=FinishReason.STOP, timing=timing())
    assert redact_keys(said, ["EMPTY"]) == said


def test_without_a_key_nothing_changes() -> None:
    assert mask_key("all as it was", None) == "all as it was"
