"""A provider on loopback that answers each request by a function of its prompt. Not a test."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness.cli.main import main
from harness.core.errors import EXIT_OK

_PROVIDERS = """\
providers:
  here:
    base_url: {url}/v1
    dialect: generic
    models:
      solver:
        price: {{input: 1, output: 2, read_on: 2026-11-21, source: none}}
      judge:
        price: {{input: 1, output: 2, read_on: 2026-11-21, source: none}}
"""


@dataclass
class AnsweringServer:
    """`prompts`: what was asked, by model. Each answer is billed 1,000 tokens in and 100 out: $0.0012 at the prices."""

    url: str
    prompts: dict[str, list[str]] = field(default_factory=dict)

    def write_providers(self, folder: Path) -> None:
        """A providers.yaml with the models `here/solver` and `here/judge`."""
        (folder / "providers.yaml").write_text(_PROVIDERS.format(url=self.url))


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is nothing to print."""


@contextmanager
def answering(answer: Callable[[str, str], str]) -> Iterator[AnsweringServer]:
    """Run the server; `answer` gives the text for a model and a prompt."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._send("application/json", b'{"object":"list","data":[{"id":"solver"},{"id":"judge"}]}')

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            prompt = body["messages"][-1]["content"]
            with lock:
                here.prompts.setdefault(body["model"], []).append(prompt)
            base = {"id": "x", "created": 1, "model": body["model"], "object": "chat.completion.chunk"}
            delta = {"role": "assistant", "content": answer(body["model"], prompt)}
            usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
            parts: list[dict[str, object]] = [
                {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": usage},
            ]
            events = "".join(f"data: {json.dumps({**base, **part})}\n\n" for part in parts)
            self._send("text/event-stream", f"{events}data: [DONE]\n\n".encode())

        def _send(self, kind: str, data: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    lock = threading.Lock()
    server = _QuietServer(("127.0.0.1", 0), Handler)
    here = AnsweringServer(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run_in(
    folder: Path,
    rows: Sequence[Mapping[str, object]],
    *,
    grader: str,
    answer: Callable[[str, str], str],
    more: Sequence[str] = (),
) -> None:
    """A finished run `results/r` of the problems by here/solver, in that folder."""
    (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with answering(answer) as here:
        here.write_providers(folder)
        words = ["run", "p.jsonl", "--grader", grader, "-m", "here/solver", "--name", "r", "--quiet", *more]
        with contextlib.chdir(folder):
            assert main(words) == EXIT_OK
