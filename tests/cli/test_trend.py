"""`harness trend` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        writer = RunWriter(tmp_path / "results" / name, endpoints=[endpoint()], samples=2)
        for number in range(2):
            writer.job(endpoint(), number, [answer()], Verdict.CORRECT)
        writer.close()
    return tmp_path


def test_every_run_with_the_model_is_a_row(place: Path) -> None:
    done = run_here("trend", "acme/one", "--task", "sums", cwd=place)
    assert done.returncode == EXIT_OK
    assert "acme/one over 2 runs in results" in done.stdout
    assert "second" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acme/won"], "did you mean acme/one?"),
        (["acme/one", "--task", "sum"], "did you mean sums?"),
        (["acme/one", "--results", "nowhere"], "nowhere is not a folder"),
        (["acme/one", "--columns", "prise"], "no column 'prise' here"),
        ([], "MODEL"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, place: Path) -> None:
    done = run_here("trend", *words, cwd=place)
    assert done.returncode == EXIT_USAGE
    assert said in done.stderr
