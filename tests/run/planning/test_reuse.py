"""Answers of an earlier run reused in a new one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

from harness.core.types import Completion, Failure
from harness.pricing.book import load_book
from harness.run.planning.reuse import reused_lines
from harness.store.call_log import calls
from harness.store.codec import CallLine, OutcomeLine, decode_call_line, encode
from harness.store.run_dir import RunDir
from tests.run.scripted_run import Model, ScriptedProvider, ScriptedSession, make_run, plan_for
from tests.virtual_time import run_virtually

MODEL = Model(name="a", faults={"rate_limit": 0.3, "bad_request": 0.2}, max_attempts=20)
PROMPTS = [f"prompt {number}" for number in range(12)]


def played(folder: Path, prompts: list[str], *reused: RunDir, max_tokens: int = 100) -> tuple[RunDir, ScriptedSession]:
    """A run of these prompts, brought to its end."""
    plan = plan_for([MODEL], prompts, max_tokens=max_tokens)
    run = make_run(folder, plan, [MODEL], max_usd=Decimal(1), reused=reused)
    provider = ScriptedProvider(models={"a": MODEL}, random=Random(len(prompts)))
    session = ScriptedSession(run=run, plan=plan, provider=provider)
    run_virtually(session.go())
    return run, session


def test_answers_are_taken_over_and_only_the_rest_is_sent_and_paid(tmp_path: Path) -> None:
    old, _ = played(tmp_path / "old", PROMPTS[:8])
    before = {call.key: call for call in calls(old) if call.accepted is not None}
    failed = {call.key for call in calls(old) if call.accepted is None}
    assert before
    assert failed
    new, session = played(tmp_path / "new", PROMPTS, old)
    after = {call.key: call for call in calls(new)}
    assert {key for key, call in after.items() if call.reused_from == "old"} == set(before)  # no failed job
    assert all(after[key].attempts == call.attempts for key, call in before.items())
    assert any(isinstance(attempt, Failure) for call in before.values() for attempt in call.attempts)
    assert len(session.provider.received) == 12 - len(before)
    assert session.budget.spent_usd == session.provider.total == session.progress.models["sim/a"].usd
    assert session.progress.models["sim/a"].reused == len(before)
    assert len(new.grades()) == session.progress.models["sim/a"].answered


def test_answer_reused_twice_names_the_run_that_paid_for_it(tmp_path: Path) -> None:
    first, _ = played(tmp_path / "first", PROMPTS[:6])
    second, _ = played(tmp_path / "second", PROMPTS[:6], first)
    third, _ = played(tmp_path / "third", PROMPTS[:6], second, first)
    paid_by = {call.key: call.reused_from for call in calls(third) if call.reused_from is not None}
    answered = {call.key for call in calls(first) if call.accepted is not None}
    assert answered
    assert {paid_by[key] for key in answered} == {"first"}
    assert set(paid_by.values()) <= {"first", "second"}


def test_other_settings_are_other_work(tmp_path: Path) -> None:
    old, _ = played(tmp_path / "old", PROMPTS[:4])
    new, _ = played(tmp_path / "new", PROMPTS[:4], old, max_tokens=99)
    assert [call.reused_from for call in calls(new)] == [None] * 4


def test_a_run_that_takes_no_answer_of_another_model_reuses_none(tmp_path: Path) -> None:
    old, _ = played(tmp_path / "old", PROMPTS[:4])
    (log,) = old.call_files()
    lines = [decode_call_line(line) for line in log.read_bytes().splitlines()]
    answered = {
        line.head.key for line in lines if isinstance(line, OutcomeLine) and isinstance(line.attempt, Completion)
    }
    instead = min(answered)
    log.write_bytes(
        b"".join(encode(_answered_by("other", line) if line.head.key == instead else line) for line in lines)
    )
    plan = plan_for([MODEL], PROMPTS[:4], max_tokens=100)
    taken = {line.head.key for line in reused_lines(plan, [old])}
    strictly = {line.head.key for line in reused_lines(plan, [old], only_requested=load_book())}
    assert taken == answered
    assert strictly == answered - {instead}


def _answered_by(model: str, line: CallLine) -> CallLine:
    if not isinstance(line, OutcomeLine) or isinstance(line.attempt, Failure):
        return line
    return replace(line, attempt=replace(line.attempt, served_model=model))
