"""What a model or a provider wrote cannot steer a terminal: no escape sequence, no direction mark, no endless line."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.types import Verdict
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint, failure

HOSTILE = "\x1b[2J\x1b]0;title\x07\x1b[31mred\u202egnp\u200b\u2066\x9b5m\rover\x08\x00"
LONG = 1_000_000
"""Characters of a line of 1 MB."""


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A run whose answers, grades, served models and errors hold control characters and lines of 1 MB."""
    who = endpoint()
    written = RunWriter(tmp_path / "run", endpoints=[who], samples=4)
    told = answer()
    written.job(who, 0, [replace(told, text=HOSTILE + "x" * LONG)], Verdict.WRONG, said=HOSTILE + "y" * LONG)
    written.job(who, 1, [replace(told, text="1" + HOSTILE, served_model=f"one{HOSTILE}")], Verdict.WRONG, said=HOSTILE)
    written.job(who, 2, [failure(said=HOSTILE + "z" * LONG)])
    written.job(who, 3, [told], Verdict.CORRECT, said="42")
    written.close()
    return str(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        *(("report", "RUN"), ("report", "RUN", "--lang", "zh"), ("compare", "RUN")),
        *(("grade", "explain", "RUN", "--sample", sample) for sample in ("s0", "s1")),
    ],
    ids=" ".join,
)
def test_terminal_gets_no_control_character_and_no_endless_line(
    words: tuple[str, ...], run: str, tmp_path: Path
) -> None:
    ran = run_here(*(run if word == "RUN" else word for word in words), cwd=tmp_path)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 0, ran.stderr[:500]
    assert "acme/one" in shown
    steering = {sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cf") and sign != "\n"}
    assert steering == set()
    assert max(map(len, shown.splitlines())) < 1_000
    assert words[0] == "grade" or len(shown) < 20_000  # an explanation shows the whole answer, wrapped
