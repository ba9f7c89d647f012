"""Tables on a real terminal of 80 and of 120 columns: they fit, and say what is left out."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from harness.report.render.lines import cell_width
from tests.commands import exit_code
from tests.report.runs import RunWriter, answer, endpoint, failure

LABELS = ("acme/one", "openrouter/some-maker/some-model-with-a-long-name@high")
PART = 4096


class Terminal:
    """A pseudo-terminal that the command in this process takes for its own; `shown` keeps all that was written."""

    def __init__(self, columns: int) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8")  # `shown` closes it
        self._parts: list[bytes] = []
        self._reader = threading.Thread(target=self._read)  # a terminal's buffer is small: unread, it blocks the writer
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the writer has closed it
            while part := os.read(self._master, PART):
                self._parts.append(part)
        os.close(self._master)

    def shown(self) -> str:
        """What was written to it, once the writer is done."""
        self.stream.close()
        self._reader.join()
        return b"".join(self._parts).decode().replace("\r\n", "\n")


class Screen(Protocol):
    """What a command writes to a terminal of that width."""

    def __call__(self, *words: str, columns: int, environ: Mapping[str, str] = ...) -> str:
        """Run it."""
        ...


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


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("words", [["report"], ["compare"], ["gate", "--write-baseline", "b.json"]], ids=lambda w: w[0])
def test_no_line_is_wider_than_the_terminal(words: list[str], columns: int, run: str, on_terminal: Screen) -> None:
    shown = on_terminal(words[0], run, *words[1:], columns=columns, environ={"NO_COLOR": "1"})
    if words[0] == "gate":
        shown = on_terminal("gate", run, "--baseline", "b.json", columns=columns)
        shown = re.sub(r"\x1b\[\d+m", "", shown)
        assert "passed: all" in shown
    lines = shown.splitlines()
    assert lines
    assert [line for line in lines if cell_width(line) > columns] == []
    assert LABELS[0] in shown
    assert LABELS[1] in "".join(line[:40].strip() for line in lines) or LABELS[1] in shown


@pytest.fixture
def many(run: str, tmp_path: Path) -> Path:
    """Beside the run: one that is broken, and a later run of the first model."""
    writer = RunWriter(tmp_path / "results" / "later", endpoints=[endpoint(LABELS[0])], samples=12)
    for number in range(12):
        writer.job(endpoint(LABELS[0]), number, [answer()], Verdict.CORRECT if number else Verdict.WRONG)
    writer.close()
    usage = {"prompt_tokens": 1234, "completion_tokens": 100, "total_tokens": 1334, "unheard_of_" * 3 + "tokens": 7}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Four."}}
    (tmp_path / "reply.json").write_text(json.dumps({"model": "m " * 60, "choices": [choice], "usage": usage}))
    (tmp_path / "results" / "broken").mkdir()
    (tmp_path / "results" / "broken" / "manifest.json").write_text('{"schema_version": 2}')
    return tmp_path


COMMANDS = (
    "compare r later",
    "claims",
    "models",
    "models @",
    "tasks",
    "tasks core-math",
    "runs list",
    "trend acme/one",
    "grade list",
    "cost explain reply.json -m minimax/minimax-m2 --at 2025-12-01T10:00Z",
    "coverage --list --setting ratio",
    "speed -m sim/fast-sloppy --requests 1 --quiet",
    "run core-math -m sim/fast-sloppy --limit 1 --quiet",
    "estimate core-math -m openai/gpt-5 -m @sim",
    "plan core-math -m openai/gpt-5 -m sim/flaky --detect 0.1",
    "prices list",
    "prices list openrouter",
    "prices show alibaba/qwen3-max",
    "prices show deepseek/deepseek-flash",
    "prices check",
)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_of_every_command_fit_the_terminal(command: str, columns: int, many: Path, on_terminal: Screen) -> None:
    lines = on_terminal(*command.split(), columns=columns, environ={"NO_COLOR": "1"}).splitlines()
    assert len(lines) > 3
    assert [line for line in lines if cell_width(line) > columns] == []


@pytest.mark.parametrize(("columns", "is_whole"), [(80, False), (120, False), (240, True)])
def test_columns_left_out_are_said_and_the_figures_that_matter_stay(
    columns: int, run: str, on_terminal: Screen, *, is_whole: bool
) -> None:
    shown = on_terminal("report", run, columns=columns, environ={"NO_COLOR": "1"})
    assert ("left out at" in shown) is not is_whole
    assert "100% [76, 100]" in shown  # 12 of 12, Wilson
    assert "$/correct" in shown


def test_wide_shows_all_on_any_terminal(run: str, on_terminal: Screen) -> None:
    shown = on_terminal("report", run, "--wide", columns=80)
    assert "left out" not in shown
    assert "reasoning" in shown


def test_colour_is_for_terminals_that_want_it(run: str, on_terminal: Screen, capfd: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[1m" in on_terminal("report", run, columns=80)
    assert "\x1b" not in on_terminal("report", run, columns=80, environ={"NO_COLOR": "1"})
    assert "\x1b" not in on_terminal("report", run, columns=80, environ={"TERM": "dumb"})
    main(["report", run])
    written_to_a_file = capfd.readouterr().out
    assert "100% [76, 100]" in written_to_a_file
    assert "\x1b" not in written_to_a_file
    assert "left out" not in written_to_a_file


def test_ascii_on_request(run: str, on_terminal: Screen) -> None:
    assert on_terminal("report", run, "--ascii", columns=80).isascii()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "acuracy"], "no column 'acuracy' here; did you mean accuracy?"),
        (["--sort", "price"], "--sort: no column 'price' here"),
        (["--format", "jsn"], "format 'jsn' is unknown; accepted: text, md, csv, json, html"),
        (["--columns", ","], "name at least one column"),
        (["--columns", "accuracy", "--format", "json"], "--columns and --sort are for text, md and html"),
    ],
)
def test_wrong_words_say_what_is_accepted(
    options: list[str], said: str, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["report", run, *options]) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_table_is_still_accepted_for_text_and_a_run_is_found_by_name_or_path(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = set()
    for name, form in ((run, "table"), (run, "text"), (f"results/{run}", "text")):
        assert main(["compare", name, "--format", form]) == EXIT_OK
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1
    assert LABELS[0] in outputs.pop()


def test_run_and_speed_print_as_asked_and_refuse_an_unknown_column_before_they_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = (["run", "core-math", "--limit", "1"], ["speed", "--requests", "1"])
    for words in commands:
        asked = [*words, "-m", "sim/fast-sloppy", "--quiet", "--name", words[0]]
        assert main([*asked, "--sort", "ttft"]) == EXIT_USAGE
        assert "--sort: no column 'ttft' here; did you mean ttft_s" in capsys.readouterr().err
        assert not (tmp_path / "results").exists() or words[0] not in {one.name for one in tmp_path.glob("results/*")}
        assert main([*asked, "--format", "json"]) == EXIT_OK
        record = json.loads(capsys.readouterr().out)
        # `n` of speed leaves out timings of a busy machine
        assert [(row["model"], row["planned"]) for row in record["rows"]] == [("sim/fast-sloppy", 1)]
