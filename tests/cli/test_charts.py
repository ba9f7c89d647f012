"""`harness charts` as it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands import run_here

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "schema_1"


@pytest.mark.slow
def test_charts_are_written_as_png_and_svg(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE / "complete", tmp_path / "complete")
    ran = run_here("charts", "complete", "--dir", "pictures", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert {"core-math-accuracy-cost.svg", "core-math-accuracy-cost.png", "core-code-money.svg"} <= names
    assert (tmp_path / "pictures/core-math-accuracy-cost.png").read_bytes().startswith(b"\x89PNG")
    assert "as .png and .svg in pictures" in ran.stdout


def test_a_folder_without_a_run_is_a_usage_error(tmp_path: Path) -> None:
    ran = run_here("charts", "nowhere", cwd=tmp_path)
    assert ran.returncode == 2
    assert "nowhere" in ran.stderr
