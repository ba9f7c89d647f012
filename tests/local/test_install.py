"""Installing the small model's wheels: with pip, with uv where there is no pip, and what it says without either."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKS = "from pathlib import Path; from harness.local.install import install; install(Path('cache'))"


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of an environment without pip, as `uv tool install` makes them."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin/python"


def said_by_install(python: Path, root: Path, cwd: Path, path: str) -> str:
    """The error of an installation that cannot succeed."""
    environ = {"PATH": path, "PYTHONPATH": str(root)}
    ran = subprocess.run([str(python), "-c", ASKS], cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    return ran.stderr.strip().partition("LocalError: ")[2]


def test_without_pip_and_uv_it_says_what_is_needed(bare_python: Path, root: Path, tmp_path: Path) -> None:
    said = said_by_install(bare_python, root, tmp_path, path="")
    assert said == f"{bare_python} has no pip, and uv is not on the path; one of them is needed"


def test_without_pip_uv_installs_for_this_interpreter(bare_python: Path, root: Path, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@" > asked\necho no network >&2\nexit 2\n')
    uv.chmod(0o755)
    said = said_by_install(bare_python, root, tmp_path, path=f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    assert said.startswith("could not install xllamacpp==")
    assert said.endswith("said:\nno network")
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith(
        f"pip install --python {bare_python} --quiet --no-deps --only-binary :all: --target cache/site"
    )


def test_a_folder_that_cannot_be_made_is_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    said = said_by_install(Path(sys.executable), root, tmp_path, path=os.environ["PATH"])
    assert said.startswith("cannot make cache/site: ")
