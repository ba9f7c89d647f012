"""The rows of a task on the Hugging Face hub, by the package `datasets`; imported only when the hub is used.

The caller checks the rows against the task's content hash.
"""

from __future__ import annotations

from collections.abc import Mapping

import datasets
import datasets.exceptions

from harness.core.errors import DataError
from harness.core.types import Source


def hub_rows(source: Source) -> list[tuple[str, Mapping[str, object]]]:
    """Every row of the source's split with its place, in the hub's order.

    `source.hub_id` may also be a local folder that the package can read. Raises DataError when it cannot be loaded.
    """
    name = " ".join(word for word in (source.hub_id, source.hub_config, source.hub_split) if word)
    try:
        rows = datasets.load_dataset(
            source.hub_id, name=source.hub_config, split=source.hub_split, revision=source.revision
        )
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:  # no network is an OSError
        raise DataError(
            f"hub {name}: cannot be loaded: {type(error).__name__}: {error}; "
            "without a network give the files with --data-dir or HARNESS_DATA_DIR"
        ) from None
    return [(f"hub {name} row {number}", dict(row)) for number, row in enumerate(rows, 1)]
