"""Another model answers than the one that was asked for: seen by run, report, compare, claims and gate.

Three ways it happens: a gateway falls back under load, a retired name is routed to its successor, a gateway sends the
request to a host that was not allowed. Whole commands, simulated models, real files.
"""

from __future__ import annotations

import io
import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.mock.billing import read_ledger, total_usd
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.viewer.headline import headline

FAST = "answer_tokens: {median: 20}, ttft_s: {median: 0.001}, tokens_per_s: 20000"
PROVIDERS = f"""\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    models:
      big:
        price: {{input: 3, output: 12, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.95, {FAST}, seed: 1, answered_by: {{model: small, chance: 0.4}}}}
      retired:
        price: {{input: 3, output: 12, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.9, {FAST}, seed: 1, answered_by: {{model: successor-3}}}}
      hosted:
        dialect: openrouter
        extra_body: {{provider: {{order: [deep-infra], allow_fallbacks: false}}}}
        price: {{input: 3, output: 12, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.9, {FAST}, seed: 1, dialect: openrouter,
                   answered_by: {{model: hosted, host: Cheaphost}}}}
      allowed:
        dialect: openrouter
        extra_body: {{provider: {{only: [deepinfra/fp8]}}}}
        price: {{input: 3, output: 12, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.9, {FAST}, seed: 1, dialect: openrouter,
                   answered_by: {{model: allowed, host: DeepInfra}}}}
      small:
        price: {{input: 0.1, output: 0.4, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.2, {FAST}, seed: 1}}
"""
SCENARIOS = {
    "big": "small",
    "retired": "successor-3",
    "hosted": "hosted at Cheaphost",
}
LEDGER = """\
article: planted
prices_on: 2026-11-21
claims:
  - {id: c-1, quote: q, paraphrase: p, kind: measurable, subject: [sim/MODEL], comparator: [sim/small],
     runs: [{metric: accuracy_difference, confirmed_if: "> 0.05"}]}
  - {id: c-2, quote: q, paraphrase: p, kind: measurable, subject: [sim/MODEL],
     runs: [{metric: accuracy, confirmed_if: ">= 0.01"}]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def harness(folder: Path, *words: str) -> Ended:
    """A command in a folder, within this process to save its start."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err, chdir(folder):
        code = main(list(words))
    return Ended(code=code, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run `r` of all models, whose progress is in `progress.json`."""
    path = tmp_path_factory.mktemp("other-models")
    (path / "providers.yaml").write_text(PROVIDERS)
    models = [word for one in (*SCENARIOS, "allowed", "small") for word in ("-m", f"sim/{one}")]
    words = ("core-math", *models, "--limit", "30", "--name", "r", "--results", "runs", "--json-progress")
    (path / "progress.json").write_text(harness(path, "run", *words).err.splitlines()[-1])
    return path


def row_of(folder: Path, model: str, name: str) -> dict[str, object]:
    rows = json.loads(harness(folder, "report", f"runs/{name}", "--format", "json").out)["rows"]
    found: dict[str, object] = next(row for row in rows if row["model"] == f"sim/{model}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("model", "other"), SCENARIOS.items())
def test_report_says_who_answered_and_marks_what_is_not_the_models_own(model: str, other: str, folder: Path) -> None:
    row = row_of(folder, model, "r")
    answered = row["answered_by"]
    assert isinstance(answered, dict)
    assert answered[other] == row["other_model_answers"]
    assert sum(answered.values()) == 30
    shown = harness(folder, "report", "runs/r", "--ascii").out
    assert shown.isascii()
    line = next(one for one in shown.splitlines() if one.startswith(f"~ sim/{model}"))
    unmarked = next(one for one in shown.splitlines() if one.startswith("~ sim/small"))
    assert "] !" in line
    assert "!" not in unmarked
    joined = " ".join(shown.split())
    assert f"answered by: {other} {answered[other]} of 30" in joined
    assert "! another model than the requested one gave some of the answers" in joined


def test_each_answer_is_billed_at_the_price_of_the_model_that_gave_it(folder: Path) -> None:
    rows = [row_of(folder, model, "r") for model in ("big", "small")]
    ledger = [one for one in read_ledger(folder / "runs/r/mock-ledger.jsonl") if one.model in ("big", "small")]
    assert sum(Decimal(str(row["spent_usd"])) for row in rows) == total_usd(ledger)
    assert 0 < sum(entry.model == "big" for entry in ledger) < 30


@pytest.mark.parametrize("model", ["retired", "hosted"])
def test_a_model_without_a_price_row_makes_the_dollars_unknown(model: str, folder: Path) -> None:
    assert row_of(folder, model, "r")["spent_usd"] is None
    assert f"answered instead of {model}" in " ".join(harness(folder, "report", "runs/r").out.split())


def test_the_host_that_was_asked_for_is_no_mismatch(folder: Path) -> None:
    row = row_of(folder, "allowed", "r")
    assert row["answered_by"] == {"allowed": 30}
    assert row["spent_usd"] is not None


@pytest.mark.slow
@pytest.mark.parametrize(("model", "other"), SCENARIOS.items())
def test_compare_marks_the_row_and_calls_it_best_in_nothing(model: str, other: str, folder: Path) -> None:
    record = json.loads(harness(folder, "compare", "runs/r", "--format", "json").out)
    row = next(one for one in record["tables"][0]["rows"] if one["model"] == f"sim/{model}")
    assert row["answered_by"][other] == row["other_model_answers"] > 0
    assert row["best_in"] == []
    shown = " ".join(harness(folder, "compare", "runs/r").out.split())
    assert f"sim/{model}: answered by: {other}" in shown
    assert "] !" in shown


@pytest.mark.parametrize(("model", "other"), SCENARIOS.items())
def test_claims_on_such_answers_are_left_open_and_say_why(model: str, other: str, folder: Path) -> None:
    (folder / "ledger.yaml").write_text(LEDGER.replace("MODEL", model))
    found = json.loads(harness(folder, "claims", "runs/r", "--ledger", "ledger.yaml", "--json").out)
    assert [one["verdict"] for one in found] == ["undecided", "undecided"]
    for one in found:
        assert "left open, because other models than" in one["why"]
        assert other in one["why"]
    (folder / "ledger.yaml").write_text(LEDGER.replace("MODEL", "allowed"))
    own = json.loads(harness(folder, "claims", "runs/r", "--ledger", "ledger.yaml", "--json").out)
    assert [one["verdict"] for one in own] == ["confirmed", "confirmed"]


def test_gate_fails_even_against_the_same_run(folder: Path) -> None:
    assert harness(folder, "baseline", "update", "runs/r", "r.json").code == EXIT_OK
    gate = harness(folder, "gate", "runs/r", "--baseline", "r.json", "--format", "json")
    assert gate.code == EXIT_CHECK_FAILED
    checks = {one["model"]: one for one in json.loads(gate.out)["findings"] if one["check"] == "served model"}
    for model, other in SCENARIOS.items():
        assert checks[f"sim/{model}"]["result"] == "failed"
        assert other in checks[f"sim/{model}"]["why"]
    assert checks["sim/allowed"]["result"] == checks["sim/small"]["result"] == "passed"
    assert "make it the baseline" not in gate.err  # no baseline would help


def test_live_display_counts_them_also_after_a_resume(folder: Path) -> None:
    last = json.loads((folder / "progress.json").read_text())["models"]
    assert last["sim/retired"]["other_models"] == {"successor-3": 30}
    assert last["sim/retired"]["status"] == "answered by other models: successor-3 30 of 30"
    assert last["sim/hosted"]["other_models"] == {"hosted at Cheaphost": 30}
    assert last["sim/allowed"]["other_models"] == last["sim/small"]["other_models"] == {}
    again = harness(folder, "run", "--resume", "runs/r", "--json-progress")
    assert json.loads(again.err.splitlines()[-1])["models"] == last


@pytest.mark.slow
@pytest.mark.parametrize(("model", "other"), SCENARIOS.items())
def test_strict_model_fails_such_answers_and_stops_the_endpoint(model: str, other: str, tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    words = ("-m", f"sim/{model}", "--limit", "60", "--concurrency", "1", "--name", "s", "--results", "runs")
    ended = harness(tmp_path, "run", "core-math", *words, "--strict-model", "--quiet")
    assert ended.code == EXIT_INCOMPLETE
    assert f"sim/{model} stopped: other_model: {other} answered instead of {model}" in ended.err
    row = row_of(tmp_path, model, "s")
    assert row["failed"] == 3  # after so many the endpoint is stopped
    assert row["other_model_answers"] == 0
    assert row["failed_attempts"] == {"other_model": 3}
    ledger = read_ledger(tmp_path / "runs/s/mock-ledger.jsonl")
    assert len(ledger) < 60
    if row["spent_usd"] is not None:  # what was refused was billed all the same
        assert Decimal(str(row["spent_usd"])) == total_usd(ledger)


@pytest.mark.slow
def test_strict_model_changes_nothing_where_the_requested_model_answers(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    words = ("-m", "sim/allowed", "--limit", "5", "--name", "s", "--results", "runs", "--quiet")
    assert harness(tmp_path, "run", "core-math", *words, "--strict-model").code == EXIT_OK


@pytest.mark.slow
def test_before_and_after_is_marked_where_either_run_has_such_answers(folder: Path) -> None:
    words = ("-m", "sim/retired", "-m", "sim/small", "--limit", "30", "--name", "again", "--results", "runs", "--quiet")
    harness(folder, "run", "core-math", *words)
    shown = harness(folder, "compare", "runs/r", "runs/again").out
    head = shown.partition("core-math · 30 samples")[0]
    retired = next(line for line in head.splitlines() if line.startswith("~ sim/retired"))
    small = next(line for line in head.splitlines() if line.startswith("~ sim/small"))
    assert "!" in retired
    assert "!" not in small
    assert "in again answered by: successor-3 30 of 30" in " ".join(shown.split())


def test_result_databases_and_the_page_give_no_model_the_accuracy_of_another(folder: Path) -> None:
    ended = harness(folder, "export", "runs/r", "--format", "every-eval-ever", "--output", "eee")
    said = " ".join((ended.out + ended.err).split())
    for model, other in SCENARIOS.items():
        assert f"sim/{model} on core-math of r: answered by: {other}" in said
    report = RunData.load(folder / "runs/r")
    sentences = " ".join(headline(build_run_report(report)))
    assert "sim/retired is left out of the order: answered by: successor-3 30 of 30" in sentences


@pytest.mark.slow
def test_speed_marks_times_of_another_model_and_ratios_to_them(folder: Path) -> None:
    words = ("-m", "sim/retired", "-m", "sim/small", "--requests", "3", "--results", "speeds", "--name", "s")
    ended = harness(folder, "speed", *words)
    assert ended.code == EXIT_OK, ended.err
    found = json.loads(harness(folder, "report", "speeds/s", "--format", "json").out)["rows"]
    rows = {row["model"]: row for row in found}
    assert rows["sim/retired"]["answered_by"] == {"successor-3": rows["sim/retired"]["other_model_answers"]}
    assert rows["sim/small"]["other_model_answers"] == 0
    shown = harness(folder, "report", "speeds/s", "--columns", "model,total_s,total_s_ratio").out
    retired, small = (next(line for line in shown.splitlines() if f"sim/{one}" in line) for one in ("retired", "small"))
    assert retired.count(" !") == 1  # its seconds; it has no ratio to itself
    assert small.count(" !") == 1  # its ratio alone
    assert "! another model than the requested one" in shown
