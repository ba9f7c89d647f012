"""A client that reads streams and counts their ends, nothing else: what it reaches is what the answer server can send.

    python -m benchmarks.counting_client URL --requests 4000 --at-once 1000 --stream

It reads in rounds 4 ms apart, because each wake of a client costs the server's core more than the chunk does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import select
import socket
import time
from urllib.parse import urlsplit

from benchmarks.aiohttp_loop import prompt

PAUSE_S = 0.004
SILENCE_S = 10
END = b"0\r\n\r\n"


def count(url: str, *, requests: int, at_once: int) -> None:
    """Send that many sums, and read until each stream has ended."""
    address = urlsplit(url)
    poll, buffer = select.epoll(), bytearray(1 << 16)
    sockets: dict[int, socket.socket] = {}
    numbers = iter(range(requests))
    for number in itertools.islice(numbers, at_once):
        client = socket.create_connection((address.hostname or "", address.port or 80))
        client.setblocking(False)
        sockets[client.fileno()] = client
        poll.register(client, select.EPOLLIN)
        client.send(_request(number))
    ended = 0
    while ended < requests:
        time.sleep(PAUSE_S)
        found = poll.poll(SILENCE_S, at_once)
        if not found:
            raise SystemExit(f"{SILENCE_S} s without a byte after {ended} of {requests} answers")
        for descriptor, _ in found:
            size = sockets[descriptor].recv_into(buffer)
            if not size:
                raise SystemExit(f"a connection closed after {ended} of {requests} answers")
            if buffer[max(0, size - len(END)) : size] == END:
                ended += 1
                for number in itertools.islice(numbers, 1):
                    sockets[descriptor].send(_request(number))


def _request(number: int) -> bytes:
    messages = [{"role": "user", "content": prompt(number)}]
    body = json.dumps({"model": "mock", "messages": messages, "stream": True}).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def main() -> None:
    """Count them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--stream", action="store_true", required=True)
    asked = parser.parse_args()
    count(asked.url, requests=asked.requests, at_once=asked.at_once)


if __name__ == "__main__":
    main()
