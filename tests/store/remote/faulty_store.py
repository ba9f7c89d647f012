"""Servers that imitate S3 (moto) and Google's store (gcp-storage-emulator), behind a proxy of ours that makes them fail
as stores fail. Not a test.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BUCKET = "bucket"


class Fault(Enum):
    """What the proxy does to one request."""

    NONE = "none"
    BUSY = "503 without reading on"
    SLOW = "passes the body on in small pieces"
    CUT_UPLOAD = "closes the connection in the middle of the body; the store gets nothing"
    HALF_UPLOAD = "gives the store half of the body and says that all is well"
    LOST_REPLY = "the store has it, and the connection is closed before the answer"
    CUT_DOWNLOAD = "half of the answer's body, then closed"
    REFUSED = "403"
    HOLD = "waits in the middle of the body until it is released, then cuts"


Policy = Callable[[str, str], Fault]
"""(method, path) of a request: what to do to it."""


def healthy(method: str, path: str) -> Fault:
    return Fault.NONE


def seeded(seed: int, *, share: float) -> Policy:
    """So large a share of the requests fails in some way; the same ones for the same order of requests."""
    draw = random.Random(seed)
    puts = [Fault.BUSY, Fault.SLOW, Fault.CUT_UPLOAD, Fault.HALF_UPLOAD, Fault.LOST_REPLY]
    gets = [Fault.BUSY, Fault.CUT_DOWNLOAD]

    def policy(method: str, path: str) -> Fault:
        return Fault.NONE if draw.random() > share else draw.choice(puts if is_upload(method, path) else gets)

    return policy


def is_upload(method: str, path: str) -> bool:
    """Whether a request has the bytes of an object: PUT to S3, POST to Google."""
    return method == "PUT" or (method == "POST" and path.startswith("/upload/"))


def halved(body: bytes, content_type: str) -> bytes:
    """Half of the bytes of the object that a request uploads; what Google is sent has its name before them."""
    if not content_type.startswith("multipart/related"):
        return body[: len(body) // 2]
    end = body.rindex(b"\n--")  # the boundary after the object
    start = body.index(b"\n\n", body.index(b"octet-stream")) + 2
    return body[: start + (end - start) // 2] + body[end:]


_REFUSALS = {
    "s3": b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    "gs": b'{"error": {"code": 403, "message": "it does not have storage.objects.list access"}}',
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: Any) -> None:
        pass

    def _serve(self) -> None:
        proxy: FaultyStore = self.server.proxy  # type: ignore[attr-defined]
        fault = proxy.policy(self.command, self.path)
        proxy.seen[fault] += 1
        size = int(self.headers.get("Content-Length") or 0)
        if fault is Fault.BUSY:
            self.close_connection = True
            self.send_error(503, "Slow Down")
            return
        if fault is Fault.REFUSED:
            self.rfile.read(size)
            self._send(403, {"Content-Type": "application/xml"}, _REFUSALS[proxy.scheme])
            return
        if fault in (Fault.CUT_UPLOAD, Fault.HOLD):
            self.rfile.read(size // 2)
            if fault is Fault.HOLD:
                proxy.held.set()
                proxy.release.wait()
            self.close_connection = True
            self.connection.close()
            return
        body = self._read(size, is_slow=fault is Fault.SLOW)
        kind = self.headers.get("Content-Type") or ""
        self._answer(fault, halved(body, kind) if fault is Fault.HALF_UPLOAD else body)

    def _read(self, size: int, *, is_slow: bool) -> bytes:
        if not is_slow:
            return self.rfile.read(size)
        pieces = []
        step = max(1, size // 8)
        while size > 0:
            time.sleep(0.01)  # the fault itself, not a wait for something
            pieces.append(self.rfile.read(min(step, size)))
            size -= step
        return b"".join(pieces)

    def _answer(self, fault: Fault, body: bytes) -> None:
        proxy: FaultyStore = self.server.proxy  # type: ignore[attr-defined]
        store = http.client.HTTPConnection("127.0.0.1", proxy.store_port)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "expect")}
        store.request(self.command, self.path, body, headers)
        reply = store.getresponse()
        data = reply.read()
        store.close()
        if fault is Fault.LOST_REPLY:
            self.close_connection = True
            self.connection.close()
            return
        if fault is Fault.CUT_DOWNLOAD:
            self.close_connection = True
        self._send(reply.status, dict(reply.getheaders()), data, is_cut=fault is Fault.CUT_DOWNLOAD)

    def _send(self, status: int, headers: Mapping[str, str], data: bytes, *, is_cut: bool = False) -> None:
        """`data` with its length, or half of it with the length of all."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server", "content-length"):
                self.send_header(name, value)
        length = next((value for name, value in headers.items() if name.lower() == "content-length"), str(len(data)))
        self.send_header("Content-Length", length)  # the answer to HEAD has the object's
        self.end_headers()
        if self.command != "HEAD":
            sent = data[: len(data) // 2] if is_cut else data
            self.wfile.write(sent)
            self.server.proxy.sent_bytes += len(sent)  # type: ignore[attr-defined]

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _serve  # noqa: N815 - the names that http.server calls


class FaultyStore:
    """The address that a run is given, and what the proxy does. `seen`: how often it did what; `sent_bytes`: bodies."""

    def __init__(self, scheme: str, store_port: int) -> None:
        self.scheme = scheme
        self.policy: Policy = healthy
        self.seen: Counter[Fault] = Counter()
        self.sent_bytes = 0
        self.held, self.release = threading.Event(), threading.Event()
        self.store_port = store_port
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.proxy = self  # type: ignore[attr-defined]  # where the handler of a request finds it
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[FaultyStore]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.release.set()
            self._server.shutdown()
            self._server.server_close()


@contextlib.contextmanager
def faulty_s3() -> Iterator[FaultyStore]:
    """An empty bucket `bucket` in a store of this process, and the proxy before it; the environment has keys."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == 200
        connection.close()
        with FaultyStore("s3", port).running() as proxy:
            yield proxy
    finally:
        server.stop()


@contextlib.contextmanager
def faulty_gs() -> Iterator[FaultyStore]:
    """The same for Google Cloud Storage."""
    from gcp_storage_emulator.server import create_server

    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket=BUCKET)
    server.start()
    try:
        with FaultyStore("gs", server._api._httpd.server_port).running() as proxy:
            yield proxy
    finally:
        server.stop()


def environment(proxy: FaultyStore) -> dict[str, str]:
    """What the environment of a process that uses the proxy needs; the keys are made up."""
    if proxy.scheme == "gs":
        return {"STORAGE_EMULATOR_HOST": proxy.url}
    return {
        "AWS_ENDPOINT_URL": proxy.url,
        "AWS_ACCESS_KEY_ID": "AKIAMADEUPKEY0000001",
        "AWS_SECRET_ACCESS_KEY": "made-up-secret-0000000001",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
