"""Commands on a disk that is full: no traceback, the right exit code, and no path printed that does not exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_USAGE


def has_small_disks() -> bool:
    if shutil.which("unshare") is None:
        return False
    words = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not has_small_disks(), reason="NEEDS unshare -rm WITH A MOUNT OF tmpfs: no disk can be filled here"
    ),
]
RUN = "run core-math -m sim/fast-sloppy -m sim/cheap-verbose --limit 60 --results disk/runs --name full"
RESUME = "run --resume disk/runs/full --quiet"
ON_FULL = ["report disk/runs/full", "export disk/runs/full -o disk/x.csv", "report disk/runs/full -o disk/x.html"]
_PATHS = re.compile(r"(?<!cannot write )(?<=[\s:])(?:/\S*|disk/\S+)")


def on_small_disk(folder: Path, *commands: str) -> list[tuple[int, str]]:
    """Exit code and output of each command beside a disk of 256 kB; `copy` holds afterwards what was on the disk."""
    lines = ["mkdir disk && mount -t tmpfs -o size=256k tmpfs disk"]
    for number, words in enumerate(commands):
        lines.append(f"{sys.executable} -m harness {words} >out-{number} 2>&1 </dev/null; echo $? >code-{number}")
        lines.append("head -c 300000 /dev/zero >disk/filler 2>/dev/null")  # not a byte is free for the next one
    lines.append("cp -r disk copy")
    subprocess.run(["unshare", "-rm", "bash", "-c", "\n".join(lines)], cwd=folder, check=True)
    found = range(len(commands))
    return [(int((folder / f"code-{n}").read_text()), (folder / f"out-{n}").read_text()) for n in found]


def missing_paths(folder: Path, said: str) -> list[str]:
    """Printed paths, other than those said not to be written, where there is nothing."""
    named = (path.rstrip(":;,.").removeprefix(f"{folder}/") for path in _PATHS.findall(said))
    shown = {
        path: folder / path.replace("disk/", "copy/", 1) if path.startswith("disk/") else folder / path
        for path in named
    }
    return [path for path, place in shown.items() if not place.exists()]


def test_run_and_resume_on_a_full_disk(tmp_path: Path) -> None:
    for code, said in on_small_disk(tmp_path, RUN, RESUME):
        assert code == EXIT_INCOMPLETE, said
        assert "Traceback" not in said
        assert re.search(r"cannot write \S*disk/runs/full/calls-\d.jsonl: No space left on device", said), said
        assert "resume with: harness run --resume disk/runs/full" in said
        assert "report.md; answers" not in said
        assert missing_paths(tmp_path, said) == []


def test_products_on_a_full_disk(tmp_path: Path) -> None:
    _, *results = on_small_disk(tmp_path, RUN, *ON_FULL)
    for code, said in results:
        assert code == EXIT_USAGE, said
        assert "Traceback" not in said
        assert "No space left on device" in said
        assert missing_paths(tmp_path, said) == []
