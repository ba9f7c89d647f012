"""The answer found in a response."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from tests.cli.graded_lines import rows_of


def test_responses_show_the_answer_and_how_it_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [r"<think>\boxed{8}</think> So it is \boxed{7}.", "The answer is 8.", "I cannot say."]
    rows = [{"id": place, "gold": "7", "response_text": text} for place, text in enumerate(texts)]
    path = tmp_path / "responses.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert main(["grade", "math", "--responses", str(path)]) == EXIT_OK
    found = rows_of(capsys.readouterr().out)
    assert [(row["equal"], row["answer"]) for row in found] == [(True, "7"), (False, "8"), (False, None)]
    assert str(found[0]["rule"]).startswith("box; ")
    assert found[2]["rule"] == "no extraction rule matched"
