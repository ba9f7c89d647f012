"""The rows of a task on the Hugging Face hub, by the package `datasets`; imported only when the hub is used.

The caller checks the rows against the task's content hash.
"""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import datasets
import datasets.exceptions

from harness.core.errors import DataError
from harness.core.types import Source

CONNECT_TIMEOUT_S = 5.0


def hub_rows(source: Source) -> list[tuple[str, Mapping[str, object]]]:
    """Every row of the source's split with its place, in the hub's order.

    `source.hub_id` may also be a local folder that the package can read. Without a network the package's cache serves
    the rows. Raises DataError when they cannot be loaded.
    """
    name = " ".join(word for word in (source.hub_id, source.hub_config, source.hub_split) if word)
    hub, was_offline = datasets.config.HF_ENDPOINT, datasets.config.HF_HUB_OFFLINE
    is_offline = was_offline or not (Path(source.hub_id or "").is_dir() or _accepts_connections(hub))
    datasets.config.HF_HUB_OFFLINE = is_offline  # else the package prints retries for 25 s before it reads its cache
    try:
        rows = datasets.load_dataset(
            source.hub_id, name=source.hub_config, split=source.hub_split, revision=source.revision
        )
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:  # no network is an OSError
        cause = f"{hub} cannot be reached and no copy is in the cache" if is_offline else _cause(error)
        raise DataError(
            f"hub {name}: {cause}; without a network give the files with --data-dir or HARNESS_DATA_DIR"
        ) from None
    finally:
        datasets.config.HF_HUB_OFFLINE = was_offline
    return [(f"hub {name} row {number}", dict(row)) for number, row in enumerate(rows, 1)]


def _cause(error: Exception) -> str:
    return f"cannot be loaded: {type(error).__name__}: {error}"


def _accepts_connections(url: str) -> bool:
    """Whether the URL's host accepts a connection; True behind a proxy, where a direct connection says nothing."""
    parts = urlsplit(url)
    if parts.scheme in urllib.request.getproxies():
        return True
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT_S).close()
    except OSError:
        return False
    return True
