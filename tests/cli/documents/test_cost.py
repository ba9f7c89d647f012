"""What `harness cost explain` shows: the same figures as text, CSV and JSON, unknowns as unknown."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE

WORDS = ["cost", "explain", "--model", "xai/grok-4", "--at", "2025-11-15T10:00Z"]
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Four."}}
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400},
}


def reply(folder: Path, **usage: object) -> str:
    path = folder / "reply.json"
    path.write_text(json.dumps({"model": "grok-4-0709", "choices": [CHOICE], **usage}))
    return str(path)


def test_csv_has_the_lines_of_the_bill_with_every_digit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, reply(tmp_path, usage=USAGE), "--format", "csv"]) == EXIT_OK
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    # $3 and $0.75 per million of the prompt, $15 of the completion: 600 x 3, 400 x 0.75, 100 x 15
    assert [(row["what"], row["tokens"], row["usd"]) for row in rows] == [
        ("prompt, uncached", "600", "0.0018"),
        ("prompt, cached", "400", "0.0003"),
        ("completion, excl. reasoning", "100", "0.0015"),
    ]


def test_tokens_that_were_not_reported_are_unknown_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = reply(tmp_path)
    assert main([*WORDS, path]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "its tokens are unknown, not zero" in shown
    assert re.search(r"^total billed output +\?$", shown, re.MULTILINE)
    assert "dollars unknown" in shown
    assert "total $" not in shown
    assert main([*WORDS, path, "--json"]) == EXIT_OK
    record = json.loads(capsys.readouterr().out)
    assert (record["usage"]["uncached_input"], record["total_usd"]) == (None, None)


def test_an_unknown_column_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, reply(tmp_path, usage=USAGE), "--columns", "tokns"]) == EXIT_USAGE
    assert "did you mean tokens" in capsys.readouterr().err
