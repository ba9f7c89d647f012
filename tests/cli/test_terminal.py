"""Tables on a real terminal of 80 and of 120 columns: they fit, and say what is left out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.report.render.lines import cell_width
from tests.report.runs import RunWriter, answer, endpoint, failure

LABELS = ("acme/one", "openrouter/some-maker/some-model-with-a-long-name@high")
WHOLE = 4096


def on_terminal(words: Sequence[str], *, columns: int, cwd: Path, environ: dict[str, str] | None = None) -> str:
    """What the command writes to a terminal of that width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        stdout=slave,
        stderr=slave,
        cwd=cwd,
        env={**variables, "TERM": "xterm", **(environ or {})},
    ):
        os.close(slave)
        parts = []
        while True:
            try:
                part = os.read(master, WHOLE)
            except OSError:  # the last writer has closed the terminal
                break
            if not part:
                break
            parts.append(part)
    os.close(master)
    return b"".join(parts).decode().replace("\r\n", "\n")


@pytest.fixture
def run(tmp_path: Path) -> str:
    who = [endpoint(label) for label in LABELS]
    writer = RunWriter(tmp_path / "results" / "r", endpoints=who, samples=12)
    for number in range(12):
        writer.job(who[0], number, [answer()], Verdict.CORRECT)
        writer.job(who[1], number, [answer()] if number else [failure()], Verdict.CORRECT if number % 2 else None)
    writer.close()
    return "r"


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("words", [["report"], ["compare"], ["gate", "--write-baseline", "b.json"]], ids=lambda w: w[0])
def test_no_line_is_wider_than_the_terminal(words: list[str], columns: int, run: str, tmp_path: Path) -> None:
    shown = on_terminal([words[0], run, *words[1:]], columns=columns, cwd=tmp_path, environ={"NO_COLOR": "1"})
    if words[0] == "gate":
        shown = on_terminal(["gate", run, "--baseline", "b.json"], columns=columns, cwd=tmp_path)
        shown = re.sub(r"\x1b\[\d+m", "", shown)
        assert "passed: all" in shown
    lines = shown.splitlines()
    assert lines
    assert [line for line in lines if cell_width(line) > columns] == []
    assert LABELS[0] in shown
    assert LABELS[1] in "".join(line[:40].strip() for line in lines) or LABELS[1] in shown


@pytest.mark.parametrize(("columns", "is_whole"), [(80, False), (120, False), (240, True)])
def test_columns_left_out_are_said_and_the_figures_that_matter_stay(
    columns: int, run: str, tmp_path: Path, *, is_whole: bool
) -> None:
    shown = on_terminal(["report", run], columns=columns, cwd=tmp_path, environ={"NO_COLOR": "1"})
    assert ("left out at" in shown) is not is_whole
    assert "100% [76, 100]" in shown  # 12 of 12, Wilson
    assert "$/correct" in shown


def test_wide_shows_all_on_any_terminal(run: str, tmp_path: Path) -> None:
    shown = on_terminal(["report", run, "--wide"], columns=80, cwd=tmp_path)
    assert "left out" not in shown
    assert "reasoning" in shown


def test_colour_is_for_terminals_that_want_it(run: str, tmp_path: Path) -> None:
    assert "\x1b[1m" in on_terminal(["report", run], columns=80, cwd=tmp_path)
    assert "\x1b" not in on_terminal(["report", run], columns=80, cwd=tmp_path, environ={"NO_COLOR": "1"})
    assert "\x1b" not in on_terminal(["report", run], columns=80, cwd=tmp_path, environ={"TERM": "dumb"})
    piped = subprocess.run(
        [sys.executable, "-m", "harness", "report", run], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    assert b"\x1b" not in piped
    assert b"left out" not in piped


def test_ascii_on_request(run: str, tmp_path: Path) -> None:
    assert on_terminal(["report", run, "--ascii"], columns=80, cwd=tmp_path).isascii()


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
def test_wrong_words_say_what_is_accepted(options: list[str], said: str, run: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "report", run, *options], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in done.stderr


def test_table_is_still_accepted_for_text_and_a_run_is_found_by_name_or_path(run: str, tmp_path: Path) -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "harness", "compare", name, "--format", form],
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout
        for name, form in ((run, "table"), (run, "text"), (f"results/{run}", "text"))
    }
    assert len(outputs) == 1
