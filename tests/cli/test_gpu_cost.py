"""`cost: {gpu_hour_usd, gpus}`: dollars of measured time, through run, report, compare, claims and a wrong file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.pricing.gpu_time import interval_of
from harness.report.render.text import as_text
from harness.report.run_data.load import RunData
from harness.report.speed.build import build_speed_report
from harness.report.speed.render import document
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir
from tests.cli.session.scripted_endpoint import Answer, scripted
from tests.cli.test_other_models import harness

SAMPLES = 12
PROVIDERS = """\
providers:
  own:
    base_url: URL
    dialect: generic
    price: free
    cost: {gpu_hour_usd: 36, gpus: 10}
    limits: {max_concurrency: 4}
    models:
      mine: {stream: false}
  odd:
    base_url: URL
    dialect: generic
    models:
      rented: {stream: false, price: {input: 1, output: 10, read_on: 2026-11-21, source: 'made up'}}
"""  # 10 GPUs at $36 an hour: $0.10 a second
LEDGER = """\
article: planted
prices_on: 2026-11-21
claims:
  - {id: c-1, quote: q, paraphrase: p, kind: measurable, subject: [own/mine], comparator: [odd/rented],
     runs: [{metric: cost_ratio, confirmed_if: "> 0"}]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run `r` of a model paid by the hour and one paid by tokens."""
    path = tmp_path_factory.mktemp("gpu")
    rows = ({"id": f"s{n:03}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(SAMPLES))
    (path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (path / "ledger.yaml").write_text(LEDGER)
    with scripted(mine=lambda _: Answer(seconds=0.05), rented=lambda _: Answer()) as server:
        (path / "providers.yaml").write_text(PROVIDERS.replace("URL", server.url))
        words = ("-m", "own/mine", "-m", "odd/rented", "--grader", "math", "--name", "r", "--max-usd", "100000")
        ended = harness(path, "run", "sums.jsonl", *words, "--json-progress")
    assert ended.code == EXIT_OK, ended.err
    (path / "progress.json").write_text(ended.err.splitlines()[-1])
    return path


def rows_of(folder: Path) -> dict[str, dict[str, object]]:
    rows = json.loads(harness(folder, "report", "results/r", "--format", "json").out)["rows"]
    return {row["model"]: row for row in rows}


@pytest.mark.slow
def test_dollars_are_those_of_the_time_in_which_the_server_had_requests(folder: Path) -> None:
    intervals = sorted(
        interval_of(line.attempt)
        for line in call_lines(RunDir.open(folder / "results/r"))
        if isinstance(line, OutcomeLine) and line.head.label == "own/mine"
    )
    busy, reached = 0.0, 0.0
    for start, end in intervals:
        busy += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    assert len(intervals) == SAMPLES
    spent = Decimal(str(rows_of(folder)["own/mine"]["spent_usd"]))
    assert abs(float(spent) - 0.1 * busy) < 1e-6
    assert busy < sum(end - start for start, end in intervals)  # several were in flight at once


def test_report_marks_such_dollars_and_says_that_two_kinds_stand_together(folder: Path) -> None:
    rows = rows_of(folder)
    assert (rows["own/mine"]["cost_basis"], rows["odd/rented"]["cost_basis"]) == ("gpu time", "tokens")
    shown = harness(folder, "report", "results/r", "--ascii").out
    assert " #" in next(line for line in shown.splitlines() if line.startswith("own/mine"))
    assert "#" not in next(line for line in shown.splitlines() if line.startswith("odd/rented"))
    joined = " ".join(shown.split())
    assert "# dollars of measured GPU time" in joined
    assert "dollars of own/mine are of measured GPU time, those of the others of token prices" in joined


def test_compare_says_so_and_calls_no_model_cheapest(folder: Path) -> None:
    record = json.loads(harness(folder, "compare", "results/r", "--format", "json").out)
    for row in record["tables"][0]["rows"]:
        assert not {"usd_per_task", "usd_per_correct"} & set(row["best_in"])
    shown = " ".join(harness(folder, "compare", "results/r").out.split())
    assert "mix two kinds of cost" in shown
    assert "it is billed by GPU time and has no price per token" in shown


def test_claims_on_ratios_of_dollars_say_so(folder: Path) -> None:
    [found] = json.loads(harness(folder, "claims", "results/r", "--ledger", "ledger.yaml", "--json").out)
    assert "mix two kinds of cost" in found["why"]


def test_live_display_shows_an_upper_bound(folder: Path) -> None:
    model = json.loads((folder / "progress.json").read_text())["models"]["own/mine"]
    assert model["cost_basis"] == "gpu time"
    assert Decimal(model["usd"]) >= Decimal(str(rows_of(folder)["own/mine"]["spent_usd"]))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{cost: {gpu_hour_usd: 2}, price: free}", "write one of them"),
        ("{cost: {gpu_hour_usd: -2}}", "gpu_hour_usd"),
        ("{cost: {gpu_hour_usd: 2, gpus: 0}}", "gpus"),
        ("{cost: {per_hour: 2}}", "per_hour"),
        ("{cost: 2.10}", "cost"),
    ],
)
def test_a_cost_that_cannot_be_read_is_refused_with_its_line(
    entry: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = "    base_url: http://127.0.0.1:1/v1\n    dialect: generic\n    models:\n"
    (tmp_path / "providers.yaml").write_text(f"providers:\n  own:\n{own}      a: {entry}\n")
    assert main(["models"]) == EXIT_USAGE
    err = capsys.readouterr().err
    assert "providers.yaml:6" in err
    assert said in err


def test_estimate_and_plan_say_that_tokens_do_not_tell_gpu_time(folder: Path) -> None:
    words = ("sums.jsonl", "-m", "own/mine", "-m", "odd/rented", "--grader", "math")
    found = json.loads(harness(folder, "estimate", *words, "--format", "json").out)
    mine = found["models"]["own/mine"]
    assert (mine["low_usd"], mine["expected_usd"]) == (None, None)
    assert "billed by GPU time" in mine["unknown_because"]
    assert Decimal(mine["worst_usd"]) > 0
    assert Decimal(found["models"]["odd/rented"]["expected_usd"]) > 0
    assert found["total"]["expected_usd"] is None
    planned = harness(folder, "plan", *words, "--detect", "0.5")
    assert "own/mine is billed by GPU time" in " ".join(planned.out.split()), planned.err


def test_gate_compares_no_dollars_of_two_kinds(folder: Path) -> None:
    assert harness(folder, "baseline", "update", "results/r", "r.json").code == EXIT_OK
    baseline = json.loads((folder / "r.json").read_text())
    for row in baseline["rows"]:
        row["prices"] = ["own/mine@2026-11-21"]
    (folder / "r.json").write_text(json.dumps(baseline))
    found = json.loads(harness(folder, "gate", "results/r", "--baseline", "r.json", "--format", "json").out)
    checks = {one["model"]: one for one in found["findings"] if one["check"] == "dollars"}
    assert (checks["own/mine"]["result"], checks["odd/rented"]["result"]) == ("inconclusive", "passed")
    assert "two kinds of cost: prices of tokens in the baseline, measured GPU time now" in checks["own/mine"]["why"]
    assert checks["own/mine"]["now"].endswith(" #")


def test_a_table_of_speeds_marks_dollars_of_gpu_time(folder: Path) -> None:
    found = document(build_speed_report(RunData.load(folder / "results/r")))
    lines = as_text(found).splitlines()
    assert next(line for line in lines if line.startswith("own/mine")).endswith(" #")
    assert not next(line for line in lines if line.startswith("odd/rented")).endswith(" #")
    assert "# dollars of measured GPU time" in " ".join(lines)
