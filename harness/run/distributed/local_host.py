"""Workers as processes of this machine, each connected to the coordinator by a pair of sockets."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import socket
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.garbage_collection import collect_seldom
from harness.providers.transport.http.paced_loop import run_paced
from harness.run.distributed.coordinator import Coordinator, CoordinatorSpec
from harness.run.distributed.messages import WorkerSpec
from harness.run.distributed.socket_link import SocketLink, serve
from harness.run.distributed.worker import work
from harness.run.distributed.worker_host import LostSegment
from harness.run.distributed.worker_start import WorkerPlace

END_S = 5.0
"""How long a worker that is told to give up may take."""


class LocalHost:
    """Starts processes; a process whose session is killed finishes what it has in flight and ends."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._coordinator: Coordinator | None = None
        self._processes: dict[int, BaseProcess] = {}

    def upload_left(self, run: Path) -> None:
        """Nothing: all workers write into the run's folder."""

    async def start_coordinator(self, spec: CoordinatorSpec) -> Coordinator:
        self._coordinator = Coordinator(spec)
        return self._coordinator

    async def run_worker(self, spec: WorkerSpec, keys: Mapping[str, str]) -> str:
        assert self._coordinator is not None
        own, other = socket.socketpair()
        own_changes, changes = socket.socketpair()
        # not fork: a child would inherit the loop's sockets, and locks that another thread holds just then
        process = multiprocessing.get_context("spawn").Process(
            target=_run_worker, args=(other, changes, spec, dict(keys)), name=f"harness-worker-{spec.number}"
        )
        process.start()
        other.close()
        changes.close()
        self._processes[spec.number] = process
        await serve(own, own_changes, self._coordinator)
        await asyncio.to_thread(process.join)
        return f"its process ended with code {process.exitcode}"

    async def recover(self, spec: WorkerSpec) -> LostSegment:
        return LostSegment(path=spec.segment)

    def kill(self, worker: int) -> None:
        self._processes[worker].kill()

    async def close(self) -> None:
        alive = [process for process in self._processes.values() if process.is_alive()]
        for process in alive:
            process.terminate()
        for process in alive:
            await asyncio.to_thread(process.join, END_S)
            process.kill()
            await asyncio.to_thread(process.join)


def _run_worker(own: socket.socket, changes: socket.socket, spec: WorkerSpec, keys: Mapping[str, str]) -> None:
    """In the worker's process."""
    collect_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the session's to handle: it tells its workers to stop
    try:
        run_paced(_work_until_terminated(SocketLink(own, changes), spec, keys))
    except HarnessError as error:
        print(f"harness: worker {spec.number}: {error}", file=sys.stderr)
        sys.exit(1)


async def _work_until_terminated(link: SocketLink, spec: WorkerSpec, keys: Mapping[str, str]) -> None:
    """Do the work; SIGTERM gives up what is in flight, and ends the grading processes in order."""
    working = asyncio.ensure_future(work(spec, keys, link, WorkerPlace(is_probed=True)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working
