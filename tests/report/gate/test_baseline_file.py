"""The baseline file: what it holds, and which files are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.types import Verdict
from harness.report.gate.baseline_file import encode, read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from tests.report.gate.baselines import ONE, write_run
from tests.report.runs import RunWriter, answer


def test_file_reads_back_the_same_with_a_line_for_each_sample(tmp_path: Path) -> None:
    found = baseline_of(write_run(tmp_path / "r").data)
    file = tmp_path / "b.json"
    file.write_bytes(encode(found))
    assert read_baseline(file) == found
    assert sum('"usd": "0.001400"' in line for line in file.read_text().splitlines()) == 2


def test_file_holds_prompts_and_extracted_answers_but_no_completion_or_address(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=(ONE,), samples=2)
    writer.job(ONE, 1, [answer()], Verdict.WRONG, said="forty-two")
    writer.close()
    data = writer.data
    text = encode(baseline_of(data)).decode()
    assert '"s1": "1+1?"' in text
    assert '"given": ["forty-two"]' in text
    assert not [word for word in ("127.0.0.1", "made up") if word in text]
    hidden = encode(baseline_of(data, has_texts=False)).decode()
    assert not [word for word in ("+1?", "forty", "127.0.0.1", "made up") if word in hidden]
    assert '"s1": "sha256:' in hidden


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a baseline of harness gate"),
        ('{"run": "r", "rows": []}', "is not a baseline of harness gate"),
    ],
)
def test_other_files_are_refused_with_how_to_make_one(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=f"{said}.*harness baseline update RUN FILE writes one"):
        read_baseline(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format_version": 0}, "written by harness 0 in format 0; this one reads format 1"),
        ({"rows": [{}]}, r"rows\.0\.task: Field required"),
        ({"rows": None}, "rows: Input should be a valid tuple"),
    ],
)
def test_older_format_and_damage_are_named(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    record = json.loads(encode(baseline_of(write_run(tmp_path / "r").data)))
    file.write_text(json.dumps(record | changes))
    with pytest.raises(UsageError, match=said):
        read_baseline(file)


@pytest.mark.parametrize(
    ("sound", "broken", "said"),
    [
        ('"correct": 1, "ruled": 1', '"correct": 2, "ruled": 1', r"rows\.0\.samples\.s0: .*correct <= graded"),
        ('"usd": "0.001400"', '"usd": "-1"', "must not be negative"),
        ('"usd": "0.001400"', '"usd": "NaN"', "finite"),
        ('"median": 2.0', '"median": -2.0', "low <= median"),
    ],
)
def test_edited_figures_that_cannot_be_are_refused(sound: str, broken: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    text = encode(baseline_of(write_run(tmp_path / "r").data)).decode()
    assert sound in text
    file.write_text(text.replace(sound, broken))
    with pytest.raises(UsageError, match=said):
        read_baseline(file)


@pytest.mark.parametrize(("name", "said"), [(".", "is a folder"), ("missing.json", "No such file")])
def test_what_is_no_file_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read_baseline(tmp_path / name)
