"""A node sees the run's folder when it finds the session's token there, and not by the folder's name."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.run.distributed.probe import sees, write_probe


def test_a_copy_without_the_token_of_this_session_is_not_the_folder(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    first = write_probe(run)
    shutil.copytree(run, tmp_path / "copy")
    second = write_probe(run)
    assert sees(run, second)
    assert not sees(tmp_path / "copy", second)
    assert not sees(run, first)
    assert not sees(tmp_path / "nowhere", second)
