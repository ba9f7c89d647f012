"""The RUN of a command that only reads: a run folder, or the address of a run in a store, which is downloaded."""

from __future__ import annotations

from pathlib import Path

from harness.store.remote.address import is_address


def run_path(text: str) -> Path:
    """The folder of a run, for argparse. Raises HarnessError where a store has no such run or cannot be read."""
    if not is_address(text):
        return Path(text)
    from harness.store.remote.fetch import fetch_run  # pydantic and more, which a folder of this machine needs later

    return fetch_run(text)
