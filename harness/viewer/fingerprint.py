"""Whether a run's files have changed since something was derived from them."""

from __future__ import annotations

import contextlib

from harness.store.run_dir import RunDir

FORMAT = "2"
"""Raise it when what is derived changes for the same files."""


def fingerprint(run: RunDir) -> str:
    """Changes whenever a file that the index is made from changes."""
    files = [*run.call_files(), run.grades_path, run.path / "usage.jsonl", run.path / "manifest.json"]
    parts = [FORMAT]
    for path in files:
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            parts.append(f"{path.name}:{found.st_size}:{found.st_mtime_ns}")
    return " ".join(parts)
