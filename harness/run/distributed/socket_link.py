"""Requests and replies over a pair of sockets: a length, then a pickled value. Both ends are processes of one run.

Over a second pair the coordinator's end sends a byte where it would like the worker to report.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import socket
import struct
from typing import Any

from harness.run.distributed.coordinator import Coordinator
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome
from harness.run.distributed.worker_start import LinkLost

_LENGTH = struct.Struct("!Q")
_CHANGES_AT_ONCE = 64


class SocketLink:
    """A worker's end."""

    def __init__(self, own: socket.socket, changes: socket.socket) -> None:
        self._socket = own
        self._changes = changes
        changes.setblocking(False)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def greet(self, hello: Hello) -> Welcome:
        welcome: Welcome = await self._ask(hello)
        return welcome

    async def exchange(self, report: Report) -> Instructions:
        told: Instructions = await self._ask(report)
        return told

    async def wait_for_change(self) -> bool:
        try:
            return bool(await asyncio.get_running_loop().sock_recv(self._changes, _CHANGES_AT_ONCE))
        except OSError as error:
            raise LinkLost(str(error)) from error

    async def _ask(self, value: Hello | Report) -> Any:
        try:
            if self._streams is None:
                self._streams = await asyncio.open_unix_connection(sock=self._socket)
            reader, writer = self._streams
            await _write(writer, value)
            return await _read(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise LinkLost(str(error)) from error


async def serve(own: socket.socket, changes: socket.socket, coordinator: Coordinator) -> None:
    """The coordinator's end: answer one worker until its end is closed, however its process ends."""
    changes.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=own)
    telling: asyncio.Task[None] | None = None
    try:
        while True:
            value = await _read(reader)
            await _write(writer, await _answer(coordinator, value))
            if telling is None:
                telling = asyncio.create_task(_tell_changes(changes, coordinator, value.worker))
    except (OSError, asyncio.IncompleteReadError):
        return
    finally:
        if telling is not None:
            telling.cancel()
        changes.close()
        writer.close()


async def _tell_changes(changes: socket.socket, coordinator: Coordinator, worker: int) -> None:
    with contextlib.suppress(OSError):  # it has ended
        while await coordinator.wait_for_change(worker):
            await asyncio.get_running_loop().sock_sendall(changes, b"!")


async def _answer(coordinator: Coordinator, value: Hello | Report) -> Welcome | Instructions:
    if isinstance(value, Hello):
        return await coordinator.greet(value)
    return await coordinator.exchange(value)


async def _write(writer: asyncio.StreamWriter, value: object) -> None:
    data = pickle.dumps(value)
    writer.write(_LENGTH.pack(len(data)) + data)
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Any:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))  # noqa: S301 - from a process that this one started
