"""Lines of OpenAI's output and error files, lists of batches, and answers that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.providers.batch.file_batches import page_of, result_of
from harness.providers.batch.json_lines import lines_of
from harness.providers.batch.protocol import BatchError


def test_an_answer_an_error_and_a_request_left_out_are_told_apart() -> None:
    answered = result_of({"custom_id": "a", "response": {"status_code": 200, "body": {"id": "x"}}, "error": None})
    assert (answered.status, json.loads(answered.body), answered.not_processed) == (200, {"id": "x"}, "")
    refused = result_of({"custom_id": "b", "response": {"status_code": 429, "body": {"error": {"code": "r"}}}})
    assert (refused.status, json.loads(refused.body)) == (429, {"error": {"code": "r"}})
    left = result_of({"custom_id": "c", "response": None, "error": {"code": "batch_expired", "message": "too late"}})
    assert (left.body, left.not_processed) == (b"", "too late")
    other = result_of({"custom_id": "d", "error": {"code": "server_error", "message": "m"}})
    assert (other.status, json.loads(other.body)) == (500, {"error": {"code": "server_error", "message": "m"}})


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
