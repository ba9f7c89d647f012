"""Lines of OpenAI's output and error files, lists of batches, and answers that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.types import Json
from harness.providers.batch.file_batches import page_of, result_of, state_of
from harness.providers.batch.json_lines import lines_of
from harness.providers.batch.protocol import BatchError, BatchPhase


def test_an_answer_an_error_and_a_request_left_out_are_told_apart() -> None:
    answered = result_of({"custom_id": "a", "response": {"status_code": 200, "body": {"id": "x"}}, "error": None})
    assert (answered.status, json.loads(answered.body), answered.not_processed) == (200, {"id": "x"}, "")
    refused = result_of({"custom_id": "b", "response": {"status_code": 429, "body": {"error": {"code": "r"}}}})
    assert (refused.status, json.loads(refused.body)) == (429, {"error": {"code": "r"}})
    left = result_of({"custom_id": "c", "response": None, "error": {"code": "batch_expired", "message": "too late"}})
    assert (left.body, left.not_processed) == (b"", "too late")
    other = result_of({"custom_id": "d", "error": {"code": "server_error", "message": "m"}})
    assert (other.status, json.loads(other.body)) == (500, {"error": {"code": "server_error", "message": "m"}})


def test_a_line_that_says_nothing_is_no_error_that_costs_nothing() -> None:
    for row in ({"response": None, "error": None}, {}, {"response": {"status_code": 200, "body": None}}):
        said = result_of({"custom_id": "a", **row})
        assert (said.status, said.not_processed, said.is_error) == (200, "", False)


@pytest.mark.parametrize(
    ("shown", "phase"),
    [
        ({"status": "in_progress"}, BatchPhase.RUNNING),
        ({"status": "paused"}, BatchPhase.RUNNING),  # a word of tomorrow: read as an end, all would be sent again
        ({"status": "COMPLETED", "output_file_id": "o"}, BatchPhase.ENDED),
        ({"status": "completed", "request_counts": {"completed": 3}}, BatchPhase.RUNNING),
        ({"status": "completed", "request_counts": {"completed": 3}, "error_file_id": "e"}, BatchPhase.RUNNING),
        ({"status": "completed", "request_counts": {"completed": 0}, "error_file_id": "e"}, BatchPhase.ENDED),
        ({"status": "canceled"}, BatchPhase.ENDED),
        ({"status": "failed"}, BatchPhase.REFUSED),
        ({"status": "failed", "output_file_id": "o"}, BatchPhase.ENDED),
    ],
)
def test_only_a_known_end_with_all_its_files_is_an_end(shown: dict[str, Json], phase: BatchPhase) -> None:
    assert state_of(shown, simulated=False).phase is phase


def test_a_list_is_a_page_or_a_bare_array_and_nothing_else() -> None:
    assert page_of(b'{"data": [{"id": "x"}], "has_more": true}') == ([{"id": "x"}], True)
    assert page_of(b'[{"id": "x"}]') == ([{"id": "x"}], False)
    assert page_of(b'{"object": "list", "data": null}') == ([], False)
    for body in (b"", b"<html>", b'{"data": 1}', b"7"):
        with pytest.raises(BatchError, match="no list of batches"):
            page_of(body)


def test_results_that_end_in_the_middle_of_a_line_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b'{"custom_id":"a"}\n\n{"custom_id":"b"}\n{"custom_')
    rows = lines_of(path)
    assert [next(rows)["custom_id"], next(rows)["custom_id"]] == ["a", "b"]
    with pytest.raises(BatchError, match="line 4 of the results"):
        next(rows)
