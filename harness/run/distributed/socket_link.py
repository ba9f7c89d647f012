"""Requests and replies over a pair of sockets: a length, then a pickled value. Both ends are processes of one run."""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from typing import Any

from harness.run.distributed.coordinator import Coordinator
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome
from harness.run.distributed.worker_start import LinkLost

_LENGTH = struct.Struct("!Q")


class SocketLink:
    """A worker's end."""

    def __init__(self, own: socket.socket) -> None:
        self._socket = own
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def greet(self, hello: Hello) -> Welcome:
        welcome: Welcome = await self._ask(hello)
        return welcome

    async def exchange(self, report: Report) -> Instructions:
        told: Instructions = await self._ask(report)
        return told

    async def _ask(self, value: Hello | Report) -> Any:
        try:
            if self._streams is None:
                self._streams = await asyncio.open_unix_connection(sock=self._socket)
            reader, writer = self._streams
            await _write(writer, value)
            return await _read(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise LinkLost(str(error)) from error


async def serve(own: socket.socket, coordinator: Coordinator) -> None:
    """The coordinator's end: answer one worker until its end is closed, however its process ends."""
    reader, writer = await asyncio.open_unix_connection(sock=own)
    try:
        while True:
            value = await _read(reader)
            await _write(writer, await _answer(coordinator, value))
    except (OSError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


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
