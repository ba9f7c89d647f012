"""A run folder as people name it: by its path, or by its name alone where it lies in ./results."""

from __future__ import annotations

from pathlib import Path

from harness.store.run_dir import MANIFEST

RESULTS = Path("results")


def run_path(text: str) -> Path:
    """The folder, for argparse: `results/NAME` for NAME where there is no run at NAME itself."""
    path = Path(text)
    inside = RESULTS / path
    return inside if not (path / MANIFEST).is_file() and (inside / MANIFEST).is_file() else path
