"""A chat endpoint that takes little of a core: fixed delays, right sums, and a log of when each request came and went.

    python -m benchmarks.answer_server --ttft-s 0.1 --gap-s 0.005 --tokens 100

Prints its address as one line. `GET /log` gives [[id, received, first, last], ...] in seconds of the monotonic clock,
and empties the log; the id is N of "(id N)" in the prompt. `received` is when the kernel received the request, where it
says so (Linux): a server that comes to read it late must not look like a fast answer. Tokens follow a schedule made at
the start of their answer, so a late one delays no other. Ends with its standard input.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import re
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field

ID = re.compile(rb"\(id (\d+)\)")
SUM = re.compile(rb"(\d+) \+ (\d+)")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
TIMESTAMPNS = 35
"""SO_TIMESTAMPNS of Linux, which the socket module does not name: reads come with when the kernel received them."""
USAGE = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}


@dataclass(slots=True)
class Connection:
    """A client's socket, and what has come of its next request."""

    sock: socket.socket
    buffer: bytes = b""


@dataclass(slots=True)
class Answer:
    """One request under way: what is left to be sent."""

    connection: Connection
    row: list[float]
    pieces: list[bytes] = field(default_factory=list)
    place: int = 0


class AnswerServer:
    """One thread, one epoll. Seconds; `gap_s` between tokens."""

    def __init__(self, *, ttft_s: float, gap_s: float, tokens: int) -> None:
        self._ttft_s, self._gap_s, self._tokens = ttft_s, gap_s, tokens
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        if sys.platform == "linux":  # connections inherit it; asked for early, for the kernel takes a while to begin
            self._listener.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._due: list[tuple[float, int, Answer]] = []
        self._order = itertools.count()
        self._log: list[list[float]] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def serve(self) -> None:
        """Until the process ends."""
        self._poll.register(self._listener, select.EPOLLIN)
        while True:
            wait = -1.0 if not self._due else max(0.0, self._due[0][0] - time.monotonic())
            for number, _ in self._poll.poll(wait):
                if number == self._listener.fileno():
                    self._accept()
                else:
                    self._read(self._connections[number])
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                due, _, answer = heapq.heappop(self._due)
                self._send(answer, due)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections[sock.fileno()] = Connection(sock)
            self._poll.register(sock, select.EPOLLIN)

    def _read(self, connection: Connection) -> None:
        try:
            data, ancillary, _, _ = connection.sock.recvmsg(1 << 20, 64)
        except OSError:
            data, ancillary = b"", []
        if not data:
            del self._connections[connection.sock.fileno()]
            connection.sock.close()
            return
        connection.buffer += data
        head, end, body = connection.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        connection.buffer = b""
        if head.startswith(b"GET"):
            log, self._log = self._log, []
            connection.sock.setblocking(True)
            connection.sock.sendall(_whole(json.dumps(log).encode()))
            connection.sock.setblocking(False)
        else:
            self._start(connection, body, time.monotonic() - _age_s(ancillary))

    def _start(self, connection: Connection, body: bytes, received: float) -> None:
        asked, found = SUM.search(body), ID.search(body)
        text = str(int(asked[1]) + int(asked[2])) if asked else "42"
        answer = Answer(connection, [float(found[1]) if found else -1.0, received, 0.0, 0.0])
        is_stream = re.search(rb'"stream": ?true', body) is not None
        answer.pieces = self._stream(text) if is_stream else [_whole(_reply(text))]
        if self._ttft_s:
            heapq.heappush(self._due, (received + self._ttft_s, next(self._order), answer))
        else:
            self._send(answer, received)

    def _stream(self, text: str) -> list[bytes]:
        words = ["so "] * (self._tokens - 1) + [text]
        chunks = [_chunk({"content": word}) for word in words]
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        tail = _chunk({}, finish="stop") + _event(json.dumps({"choices": [], "usage": USAGE})) + _event("[DONE]")
        return [head + chunks[0], *chunks[1:-1], chunks[-1] + tail + b"0\r\n\r\n"]

    def _send(self, answer: Answer, due: float) -> None:
        now = time.monotonic()
        try:
            answer.connection.sock.send(answer.pieces[answer.place])
        except OSError:
            return
        answer.row[2] = answer.row[2] or now
        answer.place += 1
        if answer.place < len(answer.pieces):
            heapq.heappush(self._due, (due + self._gap_s, next(self._order), answer))
        else:
            answer.row[3] = now
            self._log.append(answer.row)


def _age_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """Seconds since the kernel received what was read; 0 where it does not say."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", data)
            return float(max(0.0, (time.time_ns() - seconds * 10**9 - nanoseconds) / 1e9))
    return 0.0


def _reply(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "x", "model": "mock", "choices": [choice], "usage": USAGE}).encode()


def _whole(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def _chunk(delta: dict[str, str], *, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _event(json.dumps({"id": "x", "object": "chat.completion.chunk", "model": "mock", "choices": [choice]}))


def _event(data: str) -> bytes:
    text = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(text), text)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ttft-s", type=float, default=0.0)
    parser.add_argument("--gap-s", type=float, default=0.0)
    parser.add_argument("--tokens", type=int, default=1)
    arguments = parser.parse_args()
    server = AnswerServer(ttft_s=arguments.ttft_s, gap_s=arguments.gap_s, tokens=max(2, arguments.tokens))
    print(server.url, flush=True)
    threading.Thread(target=server.serve, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
