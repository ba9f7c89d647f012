"""Working folders, terminals and runs for the tests of commands."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.core.types import Verdict
from harness.store.run_dir import RunDir
from tests.cli.estimates import PROVIDERS, ROW
from tests.cli.graded_lines import HUMANEVAL, MBPP
from tests.cli.imported_runs import MODEL, reply
from tests.cli.planned_runs import PROVIDERS as PLAN_PROVIDERS
from tests.cli.price_files import OWN
from tests.cli.terminals import LABELS, Screen, Terminal
from tests.report.runs import RunWriter, answer, endpoint, failure


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN)
    return ["--prices", str(path)]


@pytest.fixture
def data_dir(tmp_path: Path) -> str:
    """A folder with one task in two suites."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, row in (("humaneval", HUMANEVAL), ("mbpp", MBPP)):
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    return str(folder)


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    def run(*words: str, columns: int, environ: Mapping[str, str] = MappingProxyType({})) -> str:
        with monkeypatch.context() as patch:
            patch.delenv("COLUMNS", raising=False)
            patch.delenv("NO_COLOR", raising=False)
            for name, value in {"TERM": "xterm", **environ}.items():
                patch.setenv(name, value)
            terminal = Terminal(columns)
            patch.setattr(sys, "stdout", terminal.stream)
            patch.setattr(sys, "__stdout__", terminal.stream)  # where its width is asked for
            main(words)
            return terminal.shown()

    return run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a run in the working folder's `results`."""
    monkeypatch.chdir(tmp_path)
    who = [endpoint(label) for label in LABELS]
    writer = RunWriter(tmp_path / "results" / "r", endpoints=who, samples=12)
    for number in range(12):
        writer.job(who[0], number, [answer()], Verdict.CORRECT)
        writer.job(who[1], number, [answer()] if number else [failure()], Verdict.CORRECT if number % 2 else None)
    writer.close()
    return "r"


@pytest.fixture
def task_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with providers of its own and a task file of four problems."""
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    rows = [{**ROW, "id": f"p{number}"} for number in range(4)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    """Two models on four samples; one verdict of the source is wrong."""
    monkeypatch.chdir(tmp_path)
    rows = [
        {
            "sample_id": f"q{sample}",
            "target": "4",
            "is_correct": sample > 0,
            "request": {"model": model, "messages": [{"role": "user", "content": f"2+2? {sample}"}]},
            "response": reply(model, "The answer is 4.", sample),
        }
        for model in (MODEL, "minimax/minimax-m2")
        for sample in range(4)
    ]
    (tmp_path / "replies.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["import", "replies.jsonl", "--name", "theirs", "--grader", "numeric"]) == EXIT_OK
    return RunDir(tmp_path / "results" / "theirs")


@pytest.fixture
def plan_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two priced models and a task file of 400 problems."""
    (tmp_path / "providers.yaml").write_text(PLAN_PROVIDERS)
    rows = [{"id": f"s{number}", "prompt": "What is 2 + 2?", "target": "4"} for number in range(400)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path
