"""`harness runs` with a store: push, list, show, pull, merge, prune."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import harness
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, UsageError
from harness.core.types import Verdict
from harness.store.batches import BatchJournal, BatchPlanned
from harness.store.leases import PLAN
from harness.store.remote.link import read_link, write_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader
from harness.store.run_dir import RunDir
from tests.commands import run_here
from tests.report.history.listed_runs import ONE, write_run
from tests.report.runs import RunWriter, answer


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty store; the working folder has the complete run `results/one`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_run(tmp_path / "results" / "one")
    return f"memory://{secrets.token_hex(6)}/team"


def push(folder: Path, address: str, name: str = "one") -> None:
    done = run_here("runs", "push", name, "--store", address, cwd=folder)
    assert done.returncode == EXIT_OK, done.stderr
    assert f"all of results/{name} is there" in done.stdout


def test_a_pushed_run_is_listed_and_shown(tmp_path: Path, address: str) -> None:
    push(tmp_path, address)
    write_run(tmp_path / "results" / "two", jobs=1, hours=1)
    push(tmp_path, address, "two")
    listed = run_here("runs", "list", "--store", address, "--format", "json", cwd=tmp_path)
    assert listed.returncode == EXIT_OK, listed.stderr
    two, one = json.loads(listed.stdout)["runs"]
    assert (one["run"], one["state"], one["finished"], one["spent_usd"]) == ("one", "complete", 2, "0.0028")
    assert (two["run"], two["state"], two["planned"], two["mode"]) == ("two", "incomplete", 2, "live")
    shown = run_here("runs", "show", "one", "--store", address, cwd=tmp_path)
    assert "sums v1  acme/one  2 of 2  100% of 2   0.0028" in shown.stdout
    assert "bytes in 4 objects, ended" in shown.stdout
    here = run_here("runs", "show", "results/one", cwd=tmp_path)
    assert "sums v1  acme/one  2 of 2  100% of 2   0.0028" in here.stdout


def test_an_unknown_cost_is_no_sum_in_the_catalogue(tmp_path: Path, address: str) -> None:
    writer = RunWriter(tmp_path / "results" / "lost", endpoints=[ONE], samples=2)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [], lost=1)
    writer.close()
    push(tmp_path, address, "lost")
    listed = run_here("runs", "list", "--store", address, "--format", "json", cwd=tmp_path)
    (row,) = json.loads(listed.stdout)["runs"]
    assert (row["spent_usd"], row["spent_known_usd"]) == (None, "0.0014")


def test_a_run_is_pulled_once_and_goes_on_as_another_node(tmp_path: Path, address: str) -> None:
    push(tmp_path, address)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    pulled = run_here("runs", "pull", f"{address}/one", cwd=elsewhere)
    assert pulled.returncode == EXIT_OK, pulled.stderr
    assert "resume with: harness run --resume results/one" in pulled.stdout
    again = run_here("runs", "pull", f"{address}/one", cwd=elsewhere)
    assert again.returncode == EXIT_USAGE
    assert "is a copy of" in again.stderr
    links = (folder / "results" / "one" / "store.json" for folder in (tmp_path, elsewhere))
    here, there = (json.loads(link.read_text()) for link in links)
    assert here["run_id"] == there["run_id"]
    assert here["node"] != there["node"]
    held = ObjectStore(address).names("one/objects/*/*")
    with (elsewhere / "results" / "one" / "grades.jsonl").open("a") as grades:
        grades.write(grades_of(tmp_path).replace("2026-11-20", "2026-11-22").replace('"correct"', '"wrong"'))
    push(elsewhere, address)
    # What came from the store is not uploaded again: only this node's manifest and the new grade.
    assert len(ObjectStore(address).names("one/objects/*/*")) == len(held) + 2
    shown = run_here("export", f"{address}/one", "--format", "jsonl", "-o", "jobs.jsonl", cwd=tmp_path)
    assert shown.returncode == EXIT_OK, shown.stderr
    jobs = (tmp_path / "jobs.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["verdict"] for line in jobs) == ["correct", "wrong"]


def grades_of(folder: Path) -> str:
    """The first grade of `results/one`, a line."""
    return (folder / "results" / "one" / "grades.jsonl").read_text().splitlines(keepends=True)[0]


def test_a_folder_goes_to_one_store(tmp_path: Path, address: str) -> None:
    without = run_here("runs", "push", "one", cwd=tmp_path)
    assert without.returncode == EXIT_USAGE
    assert "results/one goes to no store yet; name one: --store" in without.stderr
    push(tmp_path, address)
    other = run_here("runs", "push", "one", "--store", "memory://other/team", cwd=tmp_path)
    assert other.returncode == EXIT_USAGE
    assert f"results/one goes to {address}/one; a folder goes to one store" in other.stderr


def test_a_folder_is_pruned_only_when_its_store_holds_all_of_it(tmp_path: Path, address: str) -> None:
    prune = ("runs", "prune", "one")
    young = run_here(*prune, "--older-than", "9999d", "--yes", cwd=tmp_path)
    assert "one: kept: it is of 20" in young.stdout
    kept = run_here(*prune, "--yes", cwd=tmp_path)
    assert kept.returncode == EXIT_INCOMPLETE
    assert "one: kept: it is in no store, so this is the only copy" in kept.stdout
    push(tmp_path, address)
    grades = tmp_path / "results" / "one" / "grades.jsonl"
    grades.write_text(grades.read_text() + grades.read_text().splitlines()[0] + "\n")
    assert "one: kept: grades.jsonl not wholly in" in run_here(*prune, "--yes", cwd=tmp_path).stdout
    push(tmp_path, address)
    store = ObjectStore(address)
    gone, *_ = store.names("one/objects/*/*")
    data = store.get(gone)
    store.delete([gone])
    assert "not wholly in" in run_here(*prune, "--yes", cwd=tmp_path).stdout  # the index still names it
    store.put(gone, data)
    dry = run_here(*prune, cwd=tmp_path)
    assert dry.returncode == EXIT_OK
    assert "one: would be deleted\nnothing was deleted; --yes deletes 1 run" in dry.stdout
    assert grades.exists()
    assert run_here(*prune, "--yes", cwd=tmp_path).stdout == "one: deleted\n"
    assert not grades.exists()
    assert run_here("report", f"{address}/one", cwd=tmp_path).returncode == EXIT_OK


def test_a_store_is_pruned_by_age_or_name(tmp_path: Path, address: str) -> None:
    push(tmp_path, address)
    prune = ("runs", "prune", "--store", address)
    assert run_here(*prune, cwd=tmp_path).returncode == EXIT_USAGE
    assert "no run is that old" in run_here(*prune, "--older-than", "1d", "--yes", cwd=tmp_path).stdout
    young = run_here(*prune, "one", "--older-than", "1d", "--yes", cwd=tmp_path)
    assert young.returncode == EXIT_INCOMPLETE
    assert "one: kept: it is of 20" in young.stdout
    missing = run_here(*prune, "nothing", cwd=tmp_path)
    assert missing.returncode == EXIT_USAGE
    assert "has no run nothing" in missing.stderr
    assert run_here(*prune, "one", "--yes", cwd=tmp_path).stdout == "one: deleted\n"
    assert ObjectStore(address).names("**") == []


def test_a_run_that_may_be_longer_elsewhere_or_is_in_no_catalogue_is_kept(tmp_path: Path, address: str) -> None:
    push(tmp_path, address)
    prune = ("runs", "prune", "one", "--yes", "--store", address)
    folder, store = tmp_path / "results" / "one", ObjectStore(address)
    link = read_link(folder)
    assert link is not None
    RunUploader(folder, link, store).sync(is_running=True)
    kept = run_here(*prune, cwd=tmp_path)
    assert kept.returncode == EXIT_INCOMPLETE
    assert f"one: kept: {link.node} has not ended (last upload" in kept.stdout
    RunUploader(folder, link, store).sync(is_running=False)
    store.delete(store.names(".catalogue/one/*.parquet"))
    assert "one: kept: it is not in the catalogue" in run_here(*prune, cwd=tmp_path).stdout
    push(tmp_path, address)
    assert run_here(*prune, cwd=tmp_path).stdout == "one: deleted\n"


def test_runs_of_one_plan_are_merged_and_others_refused(tmp_path: Path, address: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(results / "one", results / "copy")
    merged = run_here("runs", "merge", "one", "copy", "--name", "both", cwd=tmp_path)
    assert merged.returncode == EXIT_OK, merged.stderr
    assert "results/both: 2 runs with 2 outcomes\n  2 lines stood in more than one of them" in merged.stdout
    again = run_here("runs", "merge", "one", "copy", "--name", "both", cwd=tmp_path)
    assert again.returncode == EXIT_USAGE
    assert "results/both exists already" in again.stderr
    RunWriter(results / "larger", endpoints=[ONE], samples=3).close()
    other = run_here("runs", "merge", "one", "larger", "--name", "x", cwd=tmp_path)
    assert other.returncode == EXIT_USAGE
    assert "are not of one plan: tasks differ" in other.stderr
    assert not (results / "x").exists()


def test_a_run_that_is_being_worked_on_is_not_merged(tmp_path: Path, address: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(results / "one", results / "copy")
    with RunDir.open(results / "copy").locked():
        merged = run_here("runs", "merge", "one", "copy", "--name", "both", cwd=tmp_path)
    assert merged.returncode == EXIT_USAGE
    assert "results/copy is being worked on" in merged.stderr


def test_a_run_whose_batch_is_at_its_provider_is_not_merged(tmp_path: Path, address: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(results / "one", results / "copy")
    planned = BatchPlanned(batch=1, at=datetime.now(UTC), label=ONE.label, tag="t", attempts=(("k", 0),))
    BatchJournal(results / "copy").add(planned)
    merged = run_here("runs", "merge", "one", "copy", "--name", "both", cwd=tmp_path)
    assert merged.returncode == EXIT_USAGE
    assert "results/copy has 1 batch whose answers are still to come" in merged.stderr


def test_a_script_loads_a_run_from_a_store(tmp_path: Path, address: str) -> None:
    push(tmp_path, address)
    run = harness.load(f"{address}/one")
    assert run.is_complete
    assert len(run.samples) == 2


def test_no_folder_is_made_of_an_address(tmp_path: Path, address: str) -> None:
    regraded = run_here("regrade", f"{address}/one", cwd=tmp_path)
    assert regraded.returncode == EXIT_USAGE
    assert "harness runs pull brings it here" in regraded.stderr
    with contextlib.chdir(tmp_path), pytest.raises(UsageError, match="harness runs push uploads it to a store"):
        harness.evaluate(tasks="core-math", models="sim/fast-sloppy", limit=1, results=address)
    assert not list(tmp_path.glob("memory*"))


@pytest.mark.parametrize("command", [("runs", "push"), ("run", "--resume")])
def test_what_a_node_recorded_is_uploaded_from_its_disk(tmp_path: Path, address: str, command: tuple[str, str]) -> None:
    push(tmp_path, address)
    link = read_link(tmp_path / "results" / "one")
    assert link is not None
    folder = tmp_path / "node" / "one-1" / "calls-1.n-1"
    folder.mkdir(parents=True)
    (folder.parent / PLAN).mkdir()
    (folder / "calls-1.n-1.jsonl").write_text('{"kind": "outcome"}\n')
    write_link(folder, replace(link, node="n-1.1"))
    done = run_here(*command, "node/one-1", cwd=tmp_path)
    assert done.returncode == EXIT_OK, done.stderr
    assert done.stdout.startswith("calls-1.n-1.jsonl: uploaded\nthe run goes on where its folder is")
    assert len(ObjectStore(address).names("one/objects/n-1.1/*")) == 1
    assert "all of it is in the store already" in run_here(*command, "node/one-1", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nothing"), "nothing is not a run folder"),
        (("show", "nothing", "--store", "memory://none/x"), "memory://none/x has no run nothing; it holds no run"),
        (("push", "nothing"), "nothing is not a run folder"),
        (("push", "one", "--store", "s3://user:word@bucket/x"), "an address holds no credentials"),
        (("pull", "one"), "'one' is no address of a store, such as s3://BUCKET/PATH"),
        (("pull", "memory://none/x/two"), "memory://none/x has no run two; it holds no run"),
        (("merge", "one", "--name", "m"), "name at least two runs of the same plan"),
        (("merge", "one", "results/one", "--name", "m"), "one is named 2 times: merge joins different runs"),
        (("merge", "one", "nothing", "--name", "m"), "nothing is not a run folder"),
        (("prune", "one", "--older-than", "soon"), "--older-than"),
        (("list", "--store", "nope://bucket/x"), "'nope' is no protocol that fsspec knows"),
    ],
)
def test_wrong_words_are_named(tmp_path: Path, address: str, words: tuple[str, ...], said: str) -> None:
    done = run_here("runs", *words, cwd=tmp_path)
    assert done.returncode == EXIT_USAGE, (done.returncode, done.stdout, done.stderr)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
