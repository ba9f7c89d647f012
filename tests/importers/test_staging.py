"""A folder appears whole or not at all, whatever ends the process that writes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import DataError, LocalError
from harness.importers.staging import staged

WRITER = """
import sys
from pathlib import Path
from harness.importers.staging import staged
with staged(Path(sys.argv[1])) as stage:
    stage.mkdir()
    (stage / "half").write_text("a")
    print("writing", flush=True)
    sys.stdin.read()
"""


def interrupt(folder: Path, sent: signal.Signals) -> None:
    """Start a process that writes the folder, and end it by a signal while it does."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        assert not folder.exists()
        process.send_signal(sent)
        assert process.wait() != 0


def write(folder: Path) -> None:
    with staged(folder) as stage:
        stage.mkdir()
        (stage / "whole").write_text("a")


def fail_half_way(folder: Path) -> None:
    with staged(folder) as stage:
        stage.mkdir()
        raise DataError("half way")


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    interrupt(tmp_path / "run", signal.SIGINT)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_hidden_and_goes_with_the_next_import(tmp_path: Path) -> None:
    interrupt(tmp_path / "run", signal.SIGKILL)
    assert all(left.name.startswith(".run.importing-") for left in tmp_path.iterdir())
    write(tmp_path / "run")
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "whole"]


def test_an_error_leaves_nothing_and_an_earlier_folder_stays(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        fail_half_way(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    write(tmp_path / "run")
    with pytest.raises(LocalError, match="exists already"):
        write(tmp_path / "run")
    assert (tmp_path / "run" / "whole").exists()
