"""The one door to the `datasets` package: the rows of a task on the hub.

Imported only when a task is loaded from the hub; the package is an optional extra. What comes back is checked against
the task's content hash by the caller. Not here: data folders and files (files), which of the two is used (load).
"""

from __future__ import annotations

from collections.abc import Mapping

import datasets
import datasets.exceptions

from harness.core.errors import DataError
from harness.core.types import Source


def hub_rows(source: Source) -> list[tuple[str, Mapping[str, object]]]:
    """Every row of the source's split with the place it stands, in the hub's order.

    `source.hub_id` may also be a local folder that the package can read. Raises DataError when the set cannot be had.
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
