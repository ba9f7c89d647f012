"""`harness charts` as it is typed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "schema_1"


def harness(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_charts_are_written_as_png_and_svg(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE / "complete", tmp_path / "complete")
    ran = harness("charts", "complete", "--dir", "pictures", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert {"core-math-accuracy-cost.svg", "core-math-accuracy-cost.png", "core-code-money.svg"} <= names
    assert (tmp_path / "pictures/core-math-accuracy-cost.png").read_bytes().startswith(b"\x89PNG")
    assert "as .png and .svg in pictures" in ran.stdout


def test_a_folder_without_a_run_is_a_usage_error(tmp_path: Path) -> None:
    ran = harness("charts", "nowhere", cwd=tmp_path)
    assert ran.returncode == 2
    assert "nowhere" in ran.stderr
