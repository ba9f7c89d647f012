"""The RUN of a command that only reads, a run folder or a run in a store, which is downloaded; the folder of runs."""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import UsageError
from harness.store.remote.address import is_address
from harness.store.run_dir import RESULTS


def run_path(text: str) -> Path:
    """The folder of a run, for argparse. Raises HarnessError where a store has no such run or cannot be read."""
    if not is_address(text):
        return Path(text)
    # pydantic and more, which a folder of this machine needs later
    from harness.report.run_data.cache import DERIVED_BY
    from harness.store.code_fingerprint import code_fingerprint
    from harness.store.remote.fetch import fetch_run

    return fetch_run(text, derived_by=code_fingerprint(DERIVED_BY))


def results_folder(text: str) -> Path:
    """A folder of run folders; `results`, where none was named, may not be there yet. UsageError for any other text."""
    folder = Path(text)
    if folder.is_dir() or (folder == RESULTS and not folder.exists()):
        return folder
    accepted = "accepted: the folder that run folders are in, or a store such as s3://BUCKET/PATH"
    raise UsageError(f"{folder} {'is a file' if folder.exists() else 'does not exist'}; {accepted}")
