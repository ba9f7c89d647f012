"""store.json: which store a run folder is uploaded to, and as which node. It holds no credentials."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import LocalError
from harness.store.log import write_whole

FILE = "store.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLink:
    """`address`: of the store, without the run's name. `node`: this copy of the run, one name per folder.

    `base`: bytes by file that came from the store when this copy was fetched: other nodes have uploaded them.
    `base_nodes`: those nodes, and the digest of the lines that each had uploaded.
    """

    address: str
    run: str
    run_id: str
    node: str
    base: Mapping[str, int] = field(default_factory=dict)
    base_nodes: Mapping[str, str] = field(default_factory=dict)

    @property
    def run_address(self) -> str:
        """Where the run is in the store."""
        return f"{self.address}/{self.run}"


def new_link(address: str, run: str) -> StoreLink:
    """The link of a new run."""
    return StoreLink(address=address, run=run, run_id=secrets.token_hex(8), node=_node_name())


def fetched_link(
    address: str, run: str, *, run_id: str, base: Mapping[str, int], base_nodes: Mapping[str, str]
) -> StoreLink:
    """The link of a copy that was fetched to this machine, as a further node of the run."""
    return StoreLink(address=address, run=run, run_id=run_id, node=_node_name(), base=base, base_nodes=base_nodes)


def _node_name() -> str:
    host = re.sub(r"[^A-Za-z0-9-]+", "-", socket.gethostname())[:40].strip("-") or "node"
    return f"{host}-{secrets.token_hex(4)}"


@cache
def _adapter() -> TypeAdapter[StoreLink]:
    return TypeAdapter(StoreLink)


def write_link(folder: Path, link: StoreLink) -> None:
    """Put the link into a run folder. Raises LocalError where the disk refuses."""
    write_whole(folder / FILE, _adapter().dump_json(link, indent=1) + b"\n")


def read_link(folder: Path) -> StoreLink | None:
    """The link of a run folder; None for a run that goes to no store. Raises LocalError for a damaged file."""
    path = folder / FILE
    try:
        return _adapter().validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror or error}") from error
    except ValidationError:
        raise LocalError(
            f"{path} says no store; remove it, or name one: harness runs push RUN --store ADDRESS"
        ) from None
