"""Samples and prompts that differ from the baseline: all of them, with both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from harness.report.gate.baseline import Baseline, SampleTotals, stored_text
from harness.report.gate.build import GateReport, run_gate
from harness.report.gate.check_result import CheckOutcome
from harness.report.gate.render import document
from harness.report.render.formats import OutputFormat, render
from tests.report.gate.rows import SIM, STANDARD, TERMS, baseline, held, outcomes, row_of, sample, why


def graded(verdict: str, given: str) -> SampleTotals:
    return replace(sample(correct=int(verdict == "correct")), verdicts={verdict: 1}, given=(given,), truncated=0)


RIGHT, WRONG = graded("correct", "42"), graded("wrong", "41")


def with_prompts(prompts: Mapping[str, str], *, content_hash: str = "sha256:0") -> Baseline:
    terms = replace(TERMS, content_hash=content_hash)
    return replace(baseline(row_of([RIGHT] * 8, terms=terms)), prompts={"sums": prompts})


def compared(then: Baseline, now: Baseline) -> GateReport:
    return run_gate(then, now, STANDARD, allow_changed=False)


def test_every_flipped_sample_is_listed_with_both_sides() -> None:
    found = held(row_of([RIGHT] * 6, terms=SIM), row_of([*[WRONG] * 5, RIGHT], terms=SIM))
    assert [one.sample for one in found.changes] == ["s000", "s001", "s002", "s003", "s004"]
    record = json.loads(render(document(found), OutputFormat.JSON))
    assert record["changed_samples"][0] == {
        "task": "sums",
        "model": "acme/one",
        "mode": "SIMULATED",
        "sample": "s000",
        "change": "lost",
        "before": {"correct": 1, "graded": 1, "verdicts": {"correct": 1}, "answers": ["42"]},
        "after": {"correct": 0, "graded": 1, "verdicts": {"wrong": 1}, "answers": ["41"]},
    }
    text = render(document(found), OutputFormat.TEXT)
    assert "s004    lost    correct: 42  wrong: 41" in text
    assert "s005" not in text


def test_kinds_of_change_are_told_apart() -> None:
    then = [RIGHT, WRONG, WRONG, WRONG, RIGHT]
    now = [WRONG, RIGHT, graded("no_answer", ""), graded("wrong", "40"), RIGHT]
    changes = held(row_of(then, terms=SIM), row_of(now, terms=SIM)).changes
    assert [one.change.value for one in changes] == ["lost", "gained", "other verdict", "other answer"]
    live = held(row_of(then), row_of(now)).changes
    assert [one.change.value for one in live] == ["lost", "gained", "other verdict"]


def test_changed_prompt_is_shown_and_rows_are_not_compared() -> None:
    prompts = {"s000": "Add.\n1+1?", "s001": "Add.\n2+1?"}
    then = with_prompts(prompts)
    now = with_prompts({**prompts, "s000": "Sum up.\n1+1?"}, content_hash="sha256:1")
    found = compared(then, now)
    assert outcomes(found)["comparable"] is CheckOutcome.INCONCLUSIVE
    assert why(found, "comparable") == "1 of 8 prompts changed (s000)"
    text = render(document(found), OutputFormat.TEXT)
    assert "  sums: s000\n  -Add.\n  +Sum up.\n" in text
    record = json.loads(render(document(found), OutputFormat.JSON))
    assert record["changed_prompts"] == [{"task": "sums", "sample": "s000", "lines": ["-Add.", "+Sum up."]}]


def test_instruction_that_changes_in_every_prompt_is_shown_once() -> None:
    then = with_prompts({f"s00{n}": f"Add.\n{n}+1?" for n in range(8)})
    now = with_prompts({f"s00{n}": f"Sum up.\n{n}+1?" for n in range(8)}, content_hash="sha256:1")
    found = compared(then, now)
    assert len(found.prompts) == 8
    assert render(document(found), OutputFormat.TEXT).count("+Sum up.") == 1


def test_prompt_that_is_stored_as_a_hash_is_told_apart_and_said_to_have_no_text() -> None:
    hidden = stored_text("1+1?", max_chars=4000, has_texts=False)
    assert compared(with_prompts({"s000": hidden}), with_prompts({"s000": "1+1?"})).prompts == ()
    (found,) = compared(with_prompts({"s000": hidden}), with_prompts({"s000": "1+2?"})).prompts
    assert found.lines == ("(only the hash of this prompt is in the baseline)", "+1+2?")


def test_long_prompt_that_differs_behind_its_beginning_is_seen() -> None:
    long = [stored_text("x" * 5000 + end, max_chars=4000) for end in "ab"]
    assert len(compared(with_prompts({"s000": long[0]}), with_prompts({"s000": long[1]})).prompts) == 1
