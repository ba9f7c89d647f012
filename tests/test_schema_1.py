"""Run folders of version 0.1.0 (schema 1): they report as they did, resume, and no finished job is sent again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.core.types import Failure, FailureKind
from harness.store.codec import GradeLine, OutcomeLine, decode, decode_call_line
from harness.store.schema_1 import upgrade
from tests.cases import all_cases

FIXTURE = Path(__file__).parent / "fixtures" / "schema_1"
FIGURES = [
    "task",
    "model",
    "mode",
    "planned",
    "n",
    "accuracy",
    "accuracy_interval",
    "truncated",
    "refused",
    "failed",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "spent_usd",
    "usd_per_correct",
    "verdicts",
]


PROVIDERS = """\
providers:
  sim: {models: {v1-slow: {price: {input: 1, output: 1, read_on: 2026-11-21, source: made up}, simulate: {}}}}
"""
"""The simulated model of the interrupted run, which its manifest does not hold."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, so that resuming changes no committed file."""
    shutil.copytree(FIXTURE, tmp_path / "schema_1")
    return tmp_path / "schema_1"


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_figures_are_those_that_version_0_1_0_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder / "complete"), "--format", "json"]) == EXIT_OK
    now, then = json.loads(capsys.readouterr().out), json.loads((FIXTURE / "report.json").read_text())
    for rows in now["rows"], then["rows"]:
        for one in rows:
            if one["n"] <= 5:  # so few answers have wider intervals since (CHANGELOG, "Changes numbers")
                one["accuracy_interval"] = None
    assert [{key: row[key] for key in FIGURES} for row in now["rows"]] == [
        {key: row[key] for key in FIGURES} for row in then["rows"]
    ]


def test_former_failure_kinds_are_counted_under_todays_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder / "complete"), "--format", "json"]) == EXIT_OK
    failed = [row["failed_attempts"] for row in json.loads(capsys.readouterr().out)["rows"]]
    assert sum(row.get("empty_response", 0) for row in failed) == 4  # counted with grep in calls-0.jsonl
    assert not any("empty" in row for row in failed)


@pytest.mark.slow
def test_resuming_sends_only_what_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "providers.yaml").write_text(PROVIDERS)
    run = folder / "interrupted"
    before = [decode_call_line(line) for line in lines(run / "calls-0.jsonl")]
    done = {line.head.key for line in before if isinstance(line, OutcomeLine) and line.is_final}
    assert 0 < len(done) < 20
    assert main(["run", "--resume", str(run), "--quiet"]) == EXIT_OK
    capsys.readouterr()
    sent = [line.head.key for path in run.glob("calls-*.jsonl") for line in map(decode_call_line, lines(path))]
    assert len(set(sent)) == 20  # the keys are computed as they were: nothing is asked under a second key
    assert all(sent.count(key) == 2 for key in done)  # one line when it was sent and one with its outcome


def test_usage_keys_are_renamed_and_raw_usage_is_not() -> None:
    line = next(line for line in lines(FIXTURE / "complete" / "calls-0.jsonl") if b'"by_rule":true' in line)
    found = decode_call_line(line)
    assert isinstance(found, OutcomeLine)
    assert found.attempt.usage is not None
    assert found.attempt.usage.split_by_documented_rule
    raw = json.loads(upgrade(b'{"by_rule":1,"attempt":{"raw_usage":{"overlapping":2},"usage":{"overlapping":true}}}'))
    assert raw["attempt"] == {"raw_usage": {"overlapping": 2}, "usage": {"cache_counts_overlap": True}}


def test_sandbox_of_a_grade_is_read_under_its_former_key() -> None:
    grades = [decode(GradeLine, line).grade for line in lines(FIXTURE / "complete" / "grades.jsonl")]
    assert {grade.sandbox_backend for grade in grades if grade.grader == "code"} == {
        "bubblewrap+inner, own user",
        None,
    }  # None: nothing was run


@all_cases(
    ("stored", "kind"),
    [
        ("no_money", FailureKind.PAYMENT_REQUIRED),
        ("too_long", FailureKind.CONTEXT_LENGTH_EXCEEDED),
        ("blocked", FailureKind.CONTENT_FILTERED),
        ("cut", FailureKind.STREAM_TRUNCATED),
        ("garbled", FailureKind.MALFORMED_RESPONSE),
        ("empty", FailureKind.EMPTY_RESPONSE),
        ("connect", FailureKind.CONNECTION_FAILED),
        ("chunk_timeout", FailureKind.READ_TIMEOUT),
    ],
)
def test_former_failure_kind_is_read(stored: str, kind: FailureKind) -> None:
    line = next(line for line in lines(FIXTURE / "complete" / "calls-0.jsonl") if b'"kind":"server_error"' in line)
    found = decode_call_line(line.replace(b'"kind":"server_error"', f'"kind":"{stored}"'.encode()))
    assert isinstance(found, OutcomeLine)
    assert isinstance(found.attempt, Failure)
    assert found.attempt.kind is kind
