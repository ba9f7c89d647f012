"""Segments that a worker process still writes to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.segment_lock import held_among, held_segment, is_held


def test_a_segment_is_held_by_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "calls-0.jsonl"
    assert not is_held(path)
    with held_segment(path):
        assert is_held(path)
        with pytest.raises(LocalError, match="written by another process"), held_segment(path):
            pass
    assert not is_held(path)


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "calls-1.jsonl"
    code = (
        "import sys\nfrom pathlib import Path\nfrom harness.store.segment_lock import held_segment\n"
        "with held_segment(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert held_among([path, tmp_path / "calls-2.jsonl"]) == [path]
        process.kill()
        process.wait()
        assert not is_held(path)
