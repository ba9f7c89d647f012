"""`harness.evaluate` and `evaluate_async`: real runs of simulated models, from scripts, loops and wrong arguments."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import harness
from harness.tasks import Sample, Source, Task
from harness.testing import MockConfig, MockProcess, simulated

MODEL = "sim/fast-sloppy"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.csv").write_text("prompt,answer\n1+1?,2\n2+2?,4\n")
    return tmp_path


@pytest.mark.slow
def test_script_without_a_main_guard_runs_once_and_prints_its_figures(folder: Path) -> None:
    (folder / "script.py").write_text(
        "import harness\n"
        "print('started')\n"
        f"run = harness.evaluate(tasks='my.csv', grader='numeric', models='{MODEL}', max_usd='0.10', name='r')\n"
        "print(run.name, run.is_complete, run.mode, int(run.summary.n.sum()))\n"
    )
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["started", "r True SIMULATED 2"]
    manifest = json.loads((folder / "results/r/manifest.json").read_text())
    assert (manifest["max_usd"], manifest["command"]) == ("0.10", ["harness.evaluate"])


def problem(row: Mapping[str, object], _position: int) -> Sample:
    return Sample(id=str(row["n"]), prompt=f"{row['n']}+1?", target=str(row["answer"]))


OWN_TASK = Task(
    name="own-sums",
    version=1,
    grader="numeric",
    source=Source(title="own sums", licence="CC0"),
    to_sample=problem,
    content_hash=None,
    generate=lambda seed: [{"n": n, "answer": n + 1} for n in range(seed, seed + 3)],
)


@pytest.mark.slow
def test_task_value_runs_inside_a_running_loop() -> None:
    async def cell_of_a_notebook() -> harness.Run:
        return harness.evaluate(tasks=OWN_TASK, models=[MODEL], concurrency=2, name="r")

    run = asyncio.run(cell_of_a_notebook())
    assert sorted(run.samples.sample_id) == ["0", "1", "2"]
    assert set(run.samples.task) == {"own-sums"}


def test_async_runs_in_the_callers_loop_and_stays_within_its_budget() -> None:
    arguments = {"tasks": ["my.csv"], "grader": "math", "models": MODEL, "max_usd": 0.0000001, "name": "r"}
    with pytest.warns(RuntimeWarning, match=r"budget exhausted, 2 jobs not sent\); resume with: harness run --resume"):
        run = asyncio.run(harness.evaluate_async(**arguments))  # type: ignore[arg-type]  # as a dict they lose their types
    assert not run.is_complete
    assert len(run.samples) == 0


@pytest.mark.slow
def test_live_server_by_providers_file(folder: Path) -> None:
    with MockProcess(MockConfig(models=(simulated("mine", accuracy=1.0, dialect="generic"),), time_scale=0.0)) as mock:
        (folder / "p.yaml").write_text(
            f"providers:\n  me:\n    base_url: {mock.url}/v1\n    dialect: generic\n"
            "    models:\n      mine: {price: {input: 1, output: 2}}\n"
        )
        run = harness.evaluate(tasks="my.csv", grader="math", models="me/mine", providers="p.yaml", name="r")
    assert run.mode == "SIMULATED"  # the server says so in every response
    spent = run.bills.usd.sum()
    assert spent == run.samples.spent_usd.sum() > Decimal(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "stored"),
    [({"feedback_rounds": 2}, {"feedback_rounds": 2}), ({"cache": "cold"}, {"cache": "cold"})],
)
def test_rounds_and_cache_are_in_the_manifest(
    given: dict[str, object], stored: dict[str, object], folder: Path
) -> None:
    harness.evaluate(tasks="my.csv", grader="numeric", models=MODEL, limit=1, name="r", **given)  # type: ignore[arg-type]
    manifest = json.loads((folder / "results/r/manifest.json").read_text())
    found = {**manifest, **(manifest.get("conversation") or {})}
    assert {name: found[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"models": []}, "models: name at least one"),
        ({"models": "sim/flacky"}, "sim/flaky"),
        ({"tasks": []}, "tasks: name at least one"),
        ({"tasks": "gsm9k"}, "did you mean gsm8k"),
        ({"grader": None}, "my.csv is a file of your own: say how its answers are graded"),
        ({"grader": "maths"}, "grader 'maths' is unknown"),
        ({"tasks": "no.csv"}, "no.csv: there is no such file"),
        ({"max_usd": -1}, "max_usd is -1; accepted: US dollars above 0"),
        ({"max_usd": "five"}, "max_usd is 'five'; accepted"),
        ({"limit": 0}, "limit is 0; accepted: a whole number from 1 on"),
        ({"repeats": 1.5}, "repeats is 1.5; accepted"),
        ({"concurrency": True}, "concurrency is True; accepted"),
        ({"prompt_template": "no place"}, r"prompt_template has no \{prompt\}"),
        ({"providers": "none.yaml"}, "none.yaml: cannot be read"),
        ({"reuse": ["nowhere"]}, "nowhere is not a run folder"),
        ({"feedback_rounds": 0}, "feedback_rounds is 0; accepted: a whole number from 1 on"),
        ({"max_usd_per_task": "0.1"}, "for agent tasks such as repo-fix"),
        ({"cache": "hot"}, "cache is 'hot'; accepted: warm, cold"),
        ({"cache": "warm", "feedback_rounds": 1}, "feedback_rounds cannot go with cache='warm'"),
        ({"cache": "cold", "reuse": ["r0"]}, "reuse cannot go with cache='cold'"),
    ],
)
def test_mistakes_are_named_before_anything_is_sent(arguments: dict[str, object], message: str, folder: Path) -> None:
    given = {"tasks": "my.csv", "models": MODEL, "grader": "math", "name": "r", **arguments}
    with pytest.raises(harness.HarnessError, match=message):
        harness.evaluate(**given)  # type: ignore[arg-type]  # wrong types are the point
    assert not (folder / "results").exists()
