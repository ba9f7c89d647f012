"""Where the workers of a run live: processes of this machine (local_host) or actors of a Ray cluster (ray_host)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.run.distributed.coordinator import CoordinatorSpec
from harness.run.distributed.messages import Commands, News, WorkerSpec


class CoordinatorHandle(Protocol):
    """The coordinator as the session calls it, in this process or another."""

    async def steer(self, commands: Commands) -> News:
        """As Coordinator.steer."""
        ...

    async def has_ended(self, worker: int) -> bool:
        """As Coordinator.has_ended."""
        ...

    async def on_lost(self, worker: int, segment: Path, *, is_whole: bool) -> bool:
        """As Coordinator.on_lost."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LostSegment:
    """What a lost worker wrote: a file in the run's folder, and whether all of it is there."""

    path: Path
    is_whole: bool = True


class WorkerHost(Protocol):
    """Starts the coordinator and the workers of one session. `workers`: how many work at a time."""

    workers: int

    def upload_left(self, run: Path) -> None:
        """Upload what workers of earlier sessions left on disks of their own, where the run goes to a store.

        Raises LocalError where one of them is still at work.
        """
        ...

    async def start_coordinator(self, spec: CoordinatorSpec) -> CoordinatorHandle:
        """Start it. Raises LocalError where that is not possible."""
        ...

    async def run_worker(self, spec: WorkerSpec, keys: Mapping[str, str]) -> str:
        """Start a worker, wait until it has ended, and say in words how."""
        ...

    async def recover(self, spec: WorkerSpec) -> LostSegment:
        """The segment of a worker that has ended without a last report."""
        ...

    def kill(self, worker: int) -> None:
        """End a worker that hangs, at once; `run_worker` then says that it ended."""
        ...

    async def close(self) -> None:
        """End whatever still runs, at once."""
        ...
