"""Putting an answer on the wire at its due times, whole or broken the way a step wants it.

Covers the schedule (absolute, so that late frames do not push later ones back), splitting, compression, closing and
resetting connections.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from harness.mock.faults import END_OF_GENERATION, Ending, ScriptedStep, StreamBreak
from harness.mock.formats.base import Frame, FrameKind

_NOT_WORTH_A_SLEEP_S = 0.0005
_FRAMES_AT_ONCE = 16
_SPLIT_PAUSE_S = 0.02


@dataclass(slots=True, kw_only=True)
class BillingTrigger:
    """Notes when the first text left and calls `charge(outcome, generated)` once, before the client can see the end."""

    charge_once: Callable[[str, int], None]
    first_text_s: float | None = None
    generated: int = 0
    is_charged: bool = False

    def charge(self, outcome: str) -> None:
        """Bill what was generated so far, the first time it is called."""
        if not self.is_charged:
            self.is_charged = True
            self.charge_once(outcome, self.generated)


@dataclass(slots=True, kw_only=True)
class ResponseWriter:
    """Writes to one response, changed as the step says."""

    request: web.BaseRequest
    response: web.StreamResponse
    step: ScriptedStep
    _zip: zlib._Compress | None = None
    _has_split: bool = field(default=False)

    async def write(self, data: bytes) -> None:
        """Write some bytes; raises ConnectionResetError when the client is gone."""
        if self.step.crlf:
            data = data.replace(b"\n", b"\r\n")
        if self.step.gzip:
            self._zip = self._zip or zlib.compressobj(wbits=31)
            data = self._zip.compress(data) + self._zip.flush(zlib.Z_SYNC_FLUSH)
        if self.step.split == "byte":
            for index in range(len(data)):
                await self.response.write(data[index : index + 1])
                await asyncio.sleep(0)
            return
        if self.step.split == "half" and len(data) > 1:
            middle = len(data) // 2
            await self.response.write(data[:middle])
            await asyncio.sleep(0)
            data = data[middle:]
        if self.step.split == "utf8" and not self._has_split:
            middle = next((index + 1 for index, byte in enumerate(data) if byte >= 0x80), 0)
            if middle:
                self._has_split = True
                await self.response.write(data[:middle])
                await asyncio.sleep(_SPLIT_PAUSE_S)
                data = data[middle:]
        await self.response.write(data)

    async def finish(self) -> None:
        """End the body, and the connection where the step closes it unannounced."""
        if self._zip is not None:
            await self.response.write(self._zip.flush())
        await self.response.write_eof()
        if self.step.close_after:
            close(self.request, "fin")


def close(request: web.BaseRequest, how: Literal["fin", "rst"]) -> None:
    """Close the request's connection now: in order, or with a reset."""
    transport = request.transport
    if transport is None:
        return
    if how == "fin":
        transport.close()
        return
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:  # a linger of zero seconds makes the close a reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def send_frames(
    pipe: ResponseWriter, frames: Iterable[Frame | StreamBreak], meter: BillingTrigger, *, started: float, scale: float
) -> None:
    """Send a stream: each frame at `started` + its time x `scale`, on the loop's clock.

    Frames that are overdue leave together, at most 16 in one write.
    """
    loop = asyncio.get_running_loop()
    pending: list[bytes] = []
    holds_text = False

    async def flush() -> None:
        nonlocal holds_text
        if not pending:
            return
        if holds_text and meter.first_text_s is None:
            meter.first_text_s = loop.time()
        data = b"".join(pending)
        pending.clear()
        holds_text = False
        await pipe.write(data)

    for frame in frames:
        wait = started + frame.at * scale + frame.delay_s - loop.time()
        if wait > _NOT_WORTH_A_SLEEP_S or len(pending) >= _FRAMES_AT_ONCE:
            await flush()
            await asyncio.sleep(max(0.0, wait))
        meter.generated = max(meter.generated, frame.generated)
        if isinstance(frame, StreamBreak):
            await flush()
            meter.charge("cut")
            await _break(pipe, frame.how)
            return
        if frame.kind in END_OF_GENERATION:
            meter.charge("complete")
        holds_text = holds_text or frame.kind is FrameKind.TEXT
        pending.append(frame.data)
    meter.charge("complete")
    await flush()
    await pipe.finish()


async def _break(pipe: ResponseWriter, how: Ending) -> None:
    if how == "clean":
        await pipe.finish()
    else:
        close(pipe.request, how)


async def send_slowly(request: web.BaseRequest, data: bytes, gap_s: float) -> None:
    """A slow loris: the whole reply, status line included, one byte each `gap_s` seconds; then the end."""
    for index in range(len(data)):
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        transport.write(data[index : index + 1])
        await asyncio.sleep(gap_s)
    close(request, "fin")


def write_raw(request: web.BaseRequest, data: bytes) -> None:
    """Put bytes on the connection behind the back of the HTTP layer."""
    if request.transport is not None:
        request.transport.write(data)
