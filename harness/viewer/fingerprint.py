"""What pages of a run were made from, in one line that changes with it: the code and the run's files."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from pathlib import Path

from harness.store.run_dir import RunDir

HARNESS = Path(__file__).resolve().parents[1]


def fingerprint(run: RunDir) -> str:
    """Changes whenever the code or a file that the index is made from changes."""
    files = [*run.call_files(), run.grades_path, run.path / "usage.jsonl", run.path / "manifest.json"]
    parts = [code_version()]
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            parts.append(f"{path.name}:{found.st_size}:{found.st_mtime_ns}")
    return " ".join(parts)


@cache
def code_version() -> str:
    """Changes with any file of this package: all that pages show is derived by it."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(HARNESS.rglob("*")):
        if path.suffix in (".py", ".j2", ".js", ".css", ".yaml"):
            found = path.stat()
            digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
