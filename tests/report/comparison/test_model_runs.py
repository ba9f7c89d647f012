"""Which runs are compared: those that asked the same, on the samples that all models share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.errors import UsageError
from harness.core.types import SamplingParams
from tests.report.comparison.compared import (
    ONE,
    RIGHT,
    TWO,
    WRONG,
    Maker,
    compared,
    figure,
    scored,
    table_of,
    versus_baseline,
)


def test_only_samples_that_both_have_are_compared_and_the_rest_is_counted(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 9 + [WRONG])
    scored(run, TWO, [RIGHT] * 9)  # the last sample is not asked yet
    found = compared(run)
    table = table_of(found)
    assert (table.samples, table.left_out) == (9, 1)
    assert figure(table.rows[0].values["accuracy"]).estimate == 1.0
    assert any("acme/two on sums: 1 of 10 jobs not done" in note for note in found.notes)
    assert any("1 sample left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "sums: version 1 in run0, 2 in run1"),
        ({"content_hash": "sha256:1"}, "content hash"),
        ({"max_tokens": 99}, "output limit of the task 100 in run0, 99 in run1"),
    ],
)
def test_runs_that_did_not_ask_the_same_are_refused_unless_allowed(
    writer: Maker, change: dict[str, object], said: str
) -> None:
    first, second = writer(ONE, samples=2), writer(TWO, samples=2)
    scored(first, ONE, [RIGHT] * 2)
    scored(second, TWO, [WRONG] * 2)
    manifest = second.run.manifest()
    entry = replace(manifest.tasks[0], **change)  # type: ignore[arg-type]  # one field of the entry
    second.run.rewrite_manifest(replace(manifest, tasks=(entry,)))
    with pytest.raises(UsageError, match="--allow-mixed") as refused:
        compared(first, second)
    assert said in str(refused.value)
    allowed = compared(first, second, allow_mixed=True)
    assert any(note.startswith("mixed") and said in note for note in allowed.notes)
    assert figure(versus_baseline(table_of(allowed).rows[1]).values["accuracy_difference"]).estimate == -1.0


def test_runs_of_different_sampling_settings_are_refused(writer: Maker) -> None:
    first, second = writer(ONE, samples=2), writer(ONE, samples=2)
    for run in (first, second):
        scored(run, ONE, [RIGHT] * 2)
    second.run.rewrite_manifest(replace(second.run.manifest(), params=SamplingParams(temperature=0.7)))
    with pytest.raises(UsageError, match=r"sampling settings none in run0, temperature=0\.7 in run1"):
        compared(first, second)


def test_one_model_of_two_runs_is_told_apart_by_the_run(writer: Maker) -> None:
    before, after = writer(ONE, samples=4), writer(ONE, samples=4)
    scored(before, ONE, [RIGHT] * 4)
    scored(after, ONE, [RIGHT] * 2 + [WRONG] * 2)
    table = table_of(compared(before, after))
    assert [row.model_run.label for row in table.rows] == ["acme/one [run0]", "acme/one [run1]"]
    assert figure(versus_baseline(table.rows[1]).values["accuracy_difference"]).estimate == pytest.approx(-0.5)
    with pytest.raises(UsageError, match=r"several runs.*acme/one \[run0\]"):
        compared(before, after, baseline="acme/one")


def test_the_same_run_twice_and_a_run_without_outcomes_are_refused(writer: Maker) -> None:
    run = writer(ONE, samples=1)
    with pytest.raises(UsageError, match="run0 has an outcome yet"):
        compared(run)
    scored(run, ONE, [RIGHT])
    with pytest.raises(UsageError, match="named twice"):
        compared(run, run)
