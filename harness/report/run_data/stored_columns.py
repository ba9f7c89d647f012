"""The jobs of a run from the columns in its store: blocks as those of the cache, read through DuckDB when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.core.errors import LocalError
from harness.report.run_data.cache import decoded_lost
from harness.report.run_data.columns import BLOCK, JobColumns
from harness.report.run_data.lost import LostAttempts
from harness.store.remote.columns import StoredColumns
from harness.store.remote.columns_copy import stored_columns
from harness.store.run_dir import RunDir


def stored_blocks(run: RunDir) -> tuple[Iterator[JobColumns], LostAttempts] | None:
    """The jobs in the order of the log, and the attempts without an outcome; None for a folder that has its log.

    Raises StoreError where the store cannot be read, LocalError where the columns are of another form.
    """
    if not run.is_columns_only:
        return None
    columns = stored_columns(run.path)
    if columns is None:
        return None
    try:
        lost = decoded_lost(columns.metadata()[b"lost"])
    except (KeyError, ValueError) as error:
        raise LocalError(f"{run.path}: its columns in the store are not those of a run: {error}") from error
    return _blocks(columns), lost


def _blocks(columns: StoredColumns) -> Iterator[JobColumns]:
    for start in range(0, columns.count, BLOCK):
        count = min(BLOCK, columns.count - start)
        yield JobColumns(count, partial(columns.column, start=start, count=count))
