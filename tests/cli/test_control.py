"""`harness control` changes a run in progress, a process of its own, and says what it did."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.store.control import ControlCommand, ControlReader, ControlReply
from tests.cli.session.scripted_endpoint import PRICE, Answer, ScriptedEndpoint, run_sums, scripted

PAUSED = "paused by harness control"
ANSWER_S = 0.05


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def running(folder: Path, endpoint: ScriptedEndpoint, *models: str, samples: int) -> Iterator[subprocess.Popen[str]]:
    """`harness run` of so many sums as a process, 4 requests in flight per model."""
    entries = ", ".join(f"{model}: {{stream: false, price: {PRICE}}}" for model in models)
    (folder / "providers.yaml").write_text(
        f"providers: {{odd: {{base_url: '{endpoint.url}', dialect: generic, limits: {{max_concurrency: 4}}, "
        f"models: {{{entries}}}}}}}"
    )
    rows = ({"id": f"s{n:03}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(samples))
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [word for model in models for word in ("-m", f"odd/{model}")]
    command = [sys.executable, "-m", "harness", "run", "sums.jsonl", "--grader", "math", *names, "--name", "r"]
    process = subprocess.Popen([*command, "--json-progress"], cwd=folder, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()  # where it has not ended


def shown(process: subprocess.Popen[str], wanted: Callable[[dict[str, dict[str, object]]], bool]) -> None:
    """Wait until the run's display shows what is wanted of its models."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("{") and wanted(json.loads(line)["models"]):
            return
    pytest.fail("the run has ended before")


@pytest.mark.slow
def test_run_is_paused_and_resumed_from_another_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = 100
    with scripted(m=lambda number: Answer(seconds=ANSWER_S)) as endpoint:
        with running(tmp_path, endpoint, "m", samples=samples) as process:
            shown(process, lambda models: int(str(models["odd/m"]["done"])) > 0)
            assert main(["control", "results/r", "pause"]) == EXIT_OK
            assert re.fullmatch(r"odd/m: paused(; \d requests? in flight will be finished)?\n", capsys.readouterr().out)
            shown(process, lambda models: models["odd/m"]["status"] == PAUSED)
            shown(process, lambda models: models["odd/m"]["done"] == len(endpoint.asked["m"]))  # nothing in flight
            requests = len(endpoint.asked["m"])
            shown(process, lambda models: models["odd/m"]["status"] == PAUSED)
            assert len(endpoint.asked["m"]) == requests < samples
            assert main(["control", "r", "resume", "odd/m"]) == EXIT_OK
            assert capsys.readouterr().out == "odd/m: resumed\n"
            shown(process, lambda models: models["odd/m"]["done"] == samples)
            assert process.wait() == EXIT_OK
        assert len(endpoint.asked["m"]) == samples
    lines = [json.loads(line) for line in Path("results/r/control.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["command", "reply", "command", "reply"]
    assert [line.get("action") for line in lines] == ["pause", None, "resume", None]


@pytest.mark.slow
def test_one_model_is_limited_and_the_others_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow_s = 0.3
    with (
        scripted(a=lambda number: Answer(seconds=slow_s), b=lambda number: Answer(seconds=ANSWER_S)) as endpoint,
        running(tmp_path, endpoint, "a", "b", samples=60) as process,
    ):
        shown(process, lambda models: int(str(models["odd/a"]["done"])) > 0)
        assert main(["control", "results/r", "limit", "odd/a", "1"]) == EXIT_OK
        assert capsys.readouterr().out == "odd/a: at most 1 request in flight\n"
        limited_from = len(endpoint.asked["a"])
        shown(process, lambda models: "at most 1 request in flight" in str(models["odd/a"]["status"]))
        shown(process, lambda models: int(str(models["odd/a"]["done"])) >= limited_from + 3)
        # one after the other: the next begins when the one before has been answered
        asked = endpoint.asked["a"][limited_from:]
        assert all(after - before >= slow_s for before, after in itertools.pairwise(asked))
        assert main(["control", "results/r", "limit", "odd/a"]) == EXIT_OK
        assert capsys.readouterr().out == "odd/a: no limit by hand any more; 4 in flight allowed now\n"
        shown(process, lambda models: all(one["done"] == 60 for one in models.values()))
        assert process.wait() == EXIT_OK
        assert (len(endpoint.asked["a"]), len(endpoint.asked["b"])) == (60, 60)


WRONG: tuple[tuple[list[str], str], ...] = (
    (["pause"], "no run is in progress in results/r; an unfinished one continues with: harness run --resume results/r"),
    (["pause", "odd/x"], "results/r has no model 'odd/x'; did you mean odd/m"),
    (["pause", "odd/m", "2"], "pause takes no number"),
    (["limit"], "limit needs a model"),
    (["limit", "odd/m", "9"], "odd/m has max_concurrency 4; a limit is a number from 1 to 4"),
    (["limit", "odd/m", "0"], "'0' is not a whole number from 1 on"),
    (["stop"], "'stop' is unknown; accepted: pause, resume, limit"),
)


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with scripted(m=lambda number: Answer()) as endpoint:
        run_sums(tmp_path, endpoint, "m", samples=1, limits="{max_concurrency: 4}")
    capsys.readouterr()
    for words, said in WRONG:
        with contextlib.suppress(SystemExit):
            assert main(["control", "results/r", *words]) == EXIT_USAGE
        assert said in capsys.readouterr().err
    assert not Path("results/r/control.jsonl").exists()


@pytest.mark.slow
def test_command_of_an_earlier_session_is_not_obeyed_by_a_later_one(tmp_path: Path) -> None:
    samples = 24
    with scripted(m=lambda number: Answer(seconds=0.5)) as endpoint:
        with running(tmp_path, endpoint, "m", samples=samples) as process:
            shown(process, lambda models: int(str(models["odd/m"]["done"])) > 0)
            reader = ControlReader(Path("results/r"))
            assert main(["control", "results/r", "pause"]) == EXIT_OK
        command, reply = reader.new_lines()  # and the process was killed
        assert isinstance(command, ControlCommand)
        assert isinstance(reply, ControlReply)
        assert main(["run", "--resume", "results/r"]) == EXIT_OK
