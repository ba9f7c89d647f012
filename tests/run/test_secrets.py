"""No planted key in any byte that a faulty run writes: a server that repeats the key wherever it can."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import pytest

IN_ENVIRONMENT = "sk-planted-env-" + "q7Zx/9+=" * 3 + "END"
IN_DOT_ENV = "sk-planted-file-" + 'a"b\\c' + "Wm4" * 6

PROVIDERS = """\
providers:
  {name}:
    base_url: http://127.0.0.1:{port}/{name}/v1
    api_key_env: {variable}
    dialect: generic
    limits: {{max_concurrency: 4, max_attempts: 2}}
    models:
      parrot: {{price: {{input: 1, output: 1, read_on: 2026-11-21, source: test}}}}
"""


class Parrot(BaseHTTPRequestHandler):
    """Repeats the key it was sent: in errors, in the answer, in headers, in usage, in a broken stream."""

    protocol_version = "HTTP/1.1"
    turn = 0
    seen: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        key = self.headers["Authorization"].removeprefix("Bearer ")
        Parrot.seen.add(key)
        Parrot.turn += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = {
            "id": key,
            "model": f"parrot {key}",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": f"your key is {key}"}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18, key: key},
        }
        error = {"error": {"message": f"Incorrect API key provided: {key}", "param": [key], "code": key}}
        replies: list[tuple[int, str, str]] = [
            (400, "application/json", json.dumps(error)),
            (200, "application/json", json.dumps(answer)),
            (500, "text/html", f"<html>upstream refused Bearer {key}</html>"),
            (200, "text/event-stream", f"data: {json.dumps(error)}\n\n"),
            (429, "application/json", json.dumps({**error, "detail": key})),
            (200, "application/json", f'{{"choices": "{key}'),
            (307, "text/plain", ""),
        ]
        status, kind, text = replies[Parrot.turn % len(replies)]
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-request-id", key)
        self.send_header("retry-after", "0")
        self.send_header("location", f"http://elsewhere.invalid/?key={quote(key)}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextmanager
def parrot() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.slow
def test_no_planted_key_in_any_byte_of_a_faulty_run(tmp_path: Path) -> None:
    with parrot() as port:
        one = PROVIDERS.format(name="envy", port=port, variable="ENVY_API_KEY")
        two = PROVIDERS.format(name="filed", port=port, variable="FILED_API_KEY")
        (tmp_path / "providers.yaml").write_text(one + two.removeprefix("providers:\n"))
        (tmp_path / ".env").write_text(f"FILED_API_KEY='{IN_DOT_ENV}'\n")
        (tmp_path / "own.jsonl").write_text(
            "".join(json.dumps({"id": str(n), "prompt": f"{n}?", "target": "1"}) + "\n" for n in range(12))
        )
        words = ["own.jsonl", "--grader", "math", "-m", "envy/parrot", "-m", "filed/parrot"]
        ended = run(tmp_path, *words, "--results", "runs", "--name", "faulty", "--json-progress")
        again = run(tmp_path, "--resume", "runs/faulty", "--retry-failed", "--quiet")
    assert {IN_ENVIRONMENT, IN_DOT_ENV} == Parrot.seen
    written = {path.name: path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()}
    assert b"Incorrect API key provided" in written["calls-0.jsonl"]  # the faults did happen
    assert b"your key is" in written["calls-0.jsonl"]
    written |= {"output": ended.stdout + ended.stderr, "output of resume": again.stdout + again.stderr}
    assert ended.returncode != 2, ended.stderr
    for name, data in written.items():
        for key in (IN_ENVIRONMENT, IN_DOT_ENV):
            for form in forms_of(key):
                assert form not in data, f"{name} holds a key"


def forms_of(key: str) -> set[bytes]:
    """The key as it is, inside JSON once and twice, in an address, and in base64."""
    once = json.dumps(key)[1:-1]
    return {text.encode() for text in (key, once, json.dumps(once)[1:-1], quote(key), quote(key, safe=""))} | {
        base64.b64encode(key.encode())
    }


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    environ = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "ENVY_API_KEY": IN_ENVIRONMENT,
    }
    return subprocess.run(
        [sys.executable, "-m", "harness", "run", *words], cwd=folder, env=environ, capture_output=True
    )
