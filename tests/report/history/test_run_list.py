"""The list of run folders: states, dollars kept apart, and every kind of broken or foreign folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.types import Usage, Verdict
from harness.report.history.run_list import RunEntry, RunState, list_runs
from harness.report.history.run_list_render import run_list_document
from harness.report.render.formats import OutputFormat, render
from tests.report.history.listed_runs import ONE, SIM, SPENT, empty_folder, write_run
from tests.report.runs import NOON, RunWriter, answer


def only_entry(results: Path) -> RunEntry:
    (entry,) = list_runs(results)
    return entry


def test_runs_come_latest_first_with_state_jobs_and_dollars(tmp_path: Path) -> None:
    write_run(tmp_path / "old")
    write_run(tmp_path / "new", jobs=1, hours=3)
    new, old = list_runs(tmp_path)
    assert (new.name, new.state, new.finished, new.planned) == ("new", RunState.INCOMPLETE, 1, 2)
    assert (old.name, old.state, old.finished, old.planned) == ("old", RunState.COMPLETE, 2, 2)
    assert old.live is not None
    assert old.live.usd == 2 * SPENT
    assert old.simulated is None


def test_simulated_dollars_are_never_added_to_real_ones(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=[ONE, SIM], samples=1)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.job(SIM, 0, [answer()], Verdict.CORRECT)  # the book of this run has no price for it
    writer.close()
    entry = only_entry(tmp_path)
    assert entry.live is not None
    assert entry.simulated is not None
    assert (entry.live.usd, entry.simulated.usd) == (SPENT, None)


def test_unknown_dollars_are_no_sum_and_the_known_part_is_kept(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=[ONE], samples=2)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [answer(usage=Usage())], Verdict.CORRECT)
    writer.close()
    shown = run_list_document(list_runs(tmp_path), tmp_path, now=NOON)
    (row,) = json.loads(render(shown, OutputFormat.JSON))["runs"]
    assert (row["spent_usd"], Decimal(row["spent_known_usd"])) == (None, SPENT)
    assert " ? " in render(shown, OutputFormat.TEXT)


def test_a_job_that_was_sent_and_never_answered_makes_dollars_unknown(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=[ONE], samples=2)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [], lost=1)
    writer.close()
    entry = only_entry(tmp_path)
    assert entry.live is not None
    assert (entry.live.usd, entry.live.known_usd) == (None, SPENT)


def test_reused_answers_were_billed_by_an_earlier_run(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=[ONE], samples=2)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT, reused_from="earlier")
    writer.job(ONE, 1, [answer()], Verdict.CORRECT)
    writer.close()
    entry = only_entry(tmp_path)
    assert entry.live is not None
    assert (entry.finished, entry.live.usd) == (2, SPENT)


def test_a_run_that_a_process_holds_is_running(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r", jobs=1).run
    with run.locked():
        assert only_entry(tmp_path).state is RunState.RUNNING
    assert only_entry(tmp_path).state is RunState.INCOMPLETE


def without_manifest(folder: Path) -> None:
    write_run(folder)
    (folder / "manifest.json").unlink()


def with_text(name: str, text: bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        write_run(folder)
        (folder / name).write_bytes(text)

    return damage


def with_garbage_inside(folder: Path) -> None:
    write_run(folder)
    log = folder / "calls-0.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + b"\xff\xfe garbage\n" + b"".join(rest))


def with_folder_as_manifest(folder: Path) -> None:
    write_run(folder)
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


def with_unknown_model(folder: Path) -> None:
    write_run(folder)
    log = folder / "calls-0.jsonl"
    log.write_bytes(log.read_bytes().replace(b"acme/one", b"acme/two"))


@pytest.mark.parametrize(
    ("damage", "state", "said"),
    [
        (empty_folder, RunState.NO_RUN, "it has no manifest.json: not a run folder"),
        (
            without_manifest,
            RunState.UNREADABLE,
            "no manifest.json: a run that was interrupted while its folder was made",
        ),
        (with_text("manifest.json", b""), RunState.UNREADABLE, "manifest.json"),
        (with_text("manifest.json", b"{}"), RunState.UNREADABLE, "schema_version"),
        (with_text("manifest.json", b"[1, 2"), RunState.UNREADABLE, "manifest.json"),
        (with_text("manifest.json", b"\x00\xff\xfe"), RunState.UNREADABLE, "manifest.json"),
        (with_folder_as_manifest, RunState.UNREADABLE, "manifest.json"),
        (with_garbage_inside, RunState.UNREADABLE, "calls-0.jsonl"),
        (with_unknown_model, RunState.UNREADABLE, "acme/two"),
    ],
)
def test_a_broken_or_foreign_folder_says_what_is_wrong_and_hides_no_other(
    damage: Callable[[Path], None], state: RunState, said: str, tmp_path: Path
) -> None:
    write_run(tmp_path / "good")
    damage(tmp_path / "odd")
    good, odd = list_runs(tmp_path)
    assert (good.name, good.state) == ("good", RunState.COMPLETE)
    assert (odd.name, odd.state) == ("odd", state)
    assert odd.problem is not None
    assert said in odd.problem
    text = render(run_list_document([good, odd], tmp_path, now=NOON), OutputFormat.TEXT)
    assert "good  complete" in text
    assert "odd" in text


def test_a_half_written_last_line_is_said_and_the_rest_counts(tmp_path: Path) -> None:
    write_run(tmp_path / "r")
    log = tmp_path / "r" / "calls-0.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    entry = only_entry(tmp_path)
    assert (entry.state, entry.finished) == (RunState.INCOMPLETE, 1)
    assert entry.problem is not None
    assert "unfinished last line" in entry.problem


def test_files_and_hidden_folders_are_no_runs(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("runs")
    (tmp_path / ".cache").mkdir()
    assert list_runs(tmp_path) == []
