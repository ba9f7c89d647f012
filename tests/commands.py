"""Runs commands in the process of the tests, without the second that an interpreter's start costs. Not a test."""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness.cli.main import main


def exit_code(words: Sequence[str]) -> int:
    """The exit code of a command."""
    try:
        return main(words)
    except SystemExit as ended:  # argparse ends by itself
        return ended.code if isinstance(ended.code, int) else -1


def run_here(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in that folder; it sees this process's environment. Signals and pipes need a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
