"""`harness run --cache`: a planted saving is found again within its interval, and dollars equal the mock's ledger.

Covers what the option does not go with, resuming, and what an estimate says of it. How much TTFT is gained depends on
the machine: it is that of the logged answers, and mock/test_prompt_cache.py holds what the mock saves.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.mock.billing import LedgerEntry, read_ledger, total_usd
from harness.report.run_data.load import RunData
from harness.report.run_data.measured import MAX_ERROR_SHARE
from harness.store.run_dir import RunDir
from tests.commands import exit_code

SAMPLES = 24
RULES = " ".join(f"Rule {number}: check each step of the work before the next." for number in range(40))
PROVIDERS = """\
providers:
  sim:
    models:
      caches:
        price: {input: 2, output: 8, cached_input: 0.2, read_on: 2026-11-30, source: simulated}
        simulate:
          accuracy: 0.9
          answer_tokens: {median: 30, spread: 0.3}
          ttft_s: {median: 0.05, spread: 0.1}
          tokens_per_s: 5000
          prompt_cache: {min_tokens: 64, unit_tokens: 32, ttft_saved: 0.8}
      marked:
        dialect: anthropic_messages
        price: {input: 2, output: 8, cached_input: 0.2, cache_write: 2.5, read_on: 2026-11-30, source: simulated}
        simulate:
          dialect: anthropic_messages
          accuracy: 0.9
          answer_tokens: {median: 30, spread: 0.3}
          ttft_s: {median: 0.05, spread: 0.1}
          tokens_per_s: 5000
          prompt_cache: {min_tokens: 64, needs_mark: true, bills_writes: true, ttft_saved: 0.8}
"""
MODELS = ("sim/caches", "sim/marked")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [{"problem": f"What is {number} + 1?", "answer": str(number + 1)} for number in range(SAMPLES)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sent(mode: str, *words: str, models: tuple[str, ...] = MODELS) -> list[LedgerEntry]:
    named = [word for model in models for word in ("-m", model)]
    command = ["run", "mine.jsonl", "--grader", "math", *named, "--cache", mode, "--name", mode, "--quiet", *words]
    assert main(command) == EXIT_OK
    return read_ledger(Path("results") / mode / "mock-ledger.jsonl")


def json_of(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--format", "json"]) == EXIT_OK
    return json.loads(capsys.readouterr().out)


def gained(label: str) -> list[float]:
    """TTFT of the cold answer less that of the warm one, of each sample that was timed in both runs.

    On a busy machine timings are left out, all of them at the worst.
    """
    seconds = [
        {one.sample_id: one.ttft_s for one in RunData.load(RunDir.open(Path("results") / mode)).records()
         if one.label == label and one.ttft_s is not None and (one.ttft_error_s or 0.0) <= MAX_ERROR_SHARE * one.ttft_s}
        for mode in ("cold", "warm")
    ]  # fmt: skip
    return [seconds[0][sample] - seconds[1][sample] for sample in seconds[0].keys() & seconds[1].keys()]


@pytest.mark.slow
def test_a_planted_saving_is_found_again_and_dollars_equal_the_ledger(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledgers = {mode: sent(mode, "--system", RULES) for mode in ("cold", "warm")}
    assert all(entry.tokens.cached == 0 for entry in ledgers["cold"])
    compared = json_of(capsys, "compare", "results/warm", "results/cold")
    (table,) = compared["caching"]
    for row in table["rows"]:
        name = row["model"].partition("/")[2]
        own = {mode: [entry for entry in ledger if entry.model == name] for mode, ledger in ledgers.items()}
        # only the first request of the run finds no cache: the others waited for it
        missed = [entry.request for entry in own["warm"] if not entry.tokens.cached]
        assert missed == [min(entry.request for entry in own["warm"])]
        planted = (total_usd(own["cold"]) - total_usd(own["warm"])) / SAMPLES
        assert row["usd_saved"]["estimate"] == pytest.approx(float(planted), rel=1e-9)
        low, high = row["usd_saved"]["low"], row["usd_saved"]["high"]
        assert low * (1 - 1e-9) <= float(planted) <= high * (1 + 1e-9)
        share = sum(entry.tokens.cached for entry in own["warm"]) / sum(entry.tokens.prompt for entry in own["warm"])
        assert row["warm_cached_share"] == pytest.approx(share)
        timed = gained(row["model"])
        if len(timed) < 2:
            assert "undefined" in row["ttft_gained"]
        else:
            assert row["ttft_gained"]["estimate"] == pytest.approx(fmean(timed))
    for mode, ledger in ledgers.items():
        report = json_of(capsys, "report", f"results/{mode}")
        rows = report["rows"]
        said = [note for note in report["notes"] if f"--cache {mode}: " in note]
        assert len(said) == len(MODELS)
        assert all(("--cache cold: 0% of" in note) is (mode == "cold") for note in said)
        assert sum(Decimal(one["spent_usd"]) for one in rows) == total_usd(ledger)


@pytest.mark.slow
def test_an_interrupted_warm_run_goes_on_and_bills_nothing_twice(here: Path) -> None:
    whole = sent("warm", "--system", RULES, models=("sim/caches",))
    folder = here / "results/warm"
    (log,) = folder.glob("calls-*.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[: len(lines) // 2]))  # as a lost machine would leave it
    (folder / "grades.jsonl").write_bytes(b"")
    assert main(["run", "--resume", str(folder), "--quiet"]) == EXIT_OK
    again = read_ledger(folder / "mock-ledger.jsonl")[len(whole) :]
    kept = {row["head"]["sample_id"] for row in map(json.loads, lines[: len(lines) // 2]) if "attempt" in row}
    assert not kept & {entry.sample_id for entry in again}
    assert len(again) == SAMPLES - len(kept)
    assert sum(not entry.tokens.cached for entry in again) == 1  # one request fills the cache again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("warm", "--batch"), "--batch cannot go with --cache warm: a batch has no order and no times"),
        (("cold", "--feedback-rounds", "1"), "later turns begin as the first one did"),
        (("warm", "--workers", "2"), "--cache warm sends the first of each beginning from one process"),
        (("warm", "--until-width", "0.1"), "the order by beginnings is not a random one"),
        (("cold", "--reuse", "results/x"), "no earlier run has its requests"),
        (("cold", "--replay", "tape"), "no recording has its requests"),
        (("hot",), "'hot'"),
    ],
)
def test_what_does_not_go_with_it_is_named_and_nothing_is_begun(
    words: tuple[str, ...], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(("run", "mine.jsonl", "--grader", "math", "-m", "sim/caches", "--cache", *words)) == 2
    assert said in capsys.readouterr().err
    assert not (here / "results").exists()


@pytest.mark.slow
def test_a_warm_run_of_prompts_that_share_little_says_so_before_it_sends(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent("warm", "--limit", "2", models=("sim/caches",))
    assert "mine.jsonl: no two requests begin with the same 1,024 tokens" in capsys.readouterr().err
    sent("cold", "--limit", "2", models=("sim/caches",))
    assert "no two requests" not in capsys.readouterr().err


def test_an_estimate_counts_what_a_cache_will_serve(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = {}
    for mode in ("warm", "cold"):
        words = ("estimate", "mine.jsonl", "--grader", "math", "-m", "sim/caches", "--system", RULES * 3)
        (row,) = json_of(capsys, *words, "--cache", mode)["rows"]
        expected[mode] = Decimal(str(row["expected_usd"]))
        # warm: all but the first of 24 requests (95.8%) read the system text, which is 98% of what is sent
        share = {"warm": "94%", "cold": "0%"}[mode]
        assert f"; {share} of the prompt tokens taken as read from a cache" in row["basis"]
    assert expected["warm"] < expected["cold"]
