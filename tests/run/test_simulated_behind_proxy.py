"""Made-up answers that come through a gateway: the run says SIMULATED by what each response says of itself."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.core.errors import EXIT_OK
from harness.store.call_log import calls
from harness.store.run_dir import RunDir
from tests.commands import run_here

BODY = {
    "id": "c",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "\\boxed{3}"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
}


class _Gateway(BaseHTTPRequestHandler):
    """Answers as LiteLLM's proxy in front of the mock: its own model list, the mock's headers under a prefix."""

    header = ""
    asked = 0

    def do_GET(self) -> None:
        self._send({"object": "list", "data": [{"id": "m"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).asked += 1
        self._send(BODY, self.header)

    def _send(self, document: object, header: str = "") -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if header:
            self.send_header(header, "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def gateway(header: str) -> Iterator[tuple[str, type[_Gateway]]]:
    handler = type("Gateway", (_Gateway,), {"header": header})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", handler
        finally:
            server.shutdown()
            thread.join()


def set_up(folder: Path, url: str) -> None:
    price = {"input": 1, "output": 10, "read_on": "2026-11-21", "source": "made up"}
    model = {"stream": False, "price": price}
    entry = {"base_url": url, "dialect": "generic", "models": {"m": model}}
    (folder / "providers.yaml").write_text(json.dumps({"providers": {"mine": entry}}))
    rows = [
        {"id": f"s{i}", "prompt": f"What is {i} + {3 - i}? Answer in \\boxed{{}}.", "answer": "3"} for i in range(3)
    ]
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


COMMAND = ("run", "sums.jsonl", "--grader", "math", "-m", "mine/m", "--name", "r", "--quiet")


@pytest.mark.parametrize(
    "header", ["llm_provider-x-harness-simulated", pytest.param("X-Harness-Simulated", marks=pytest.mark.slow)]
)
def test_run_says_simulated_where_its_responses_do_and_resumes_without_asking_again(
    header: str, tmp_path: Path
) -> None:
    with gateway(header) as (url, server):
        set_up(tmp_path, url)
        ran = run_here(*COMMAND, cwd=tmp_path)
        assert ran.returncode == EXIT_OK, ran.stderr
        assert "SIMULATED" in ran.stdout
        run = RunDir(tmp_path / "results" / "r")
        assert [call.simulated for call in calls(run)] == [True] * 3
        assert [endpoint.simulated for endpoint in run.manifest().endpoints] == [True]
        again = run_here("run", "--resume", "results/r", "--quiet", cwd=tmp_path)
        assert again.returncode == EXIT_OK, again.stderr
        assert server.asked == 3
    report = run_here("report", "results/r", "--format", "json", cwd=tmp_path)
    assert json.loads(report.stdout)["rows"][0]["mode"] == "SIMULATED"


def test_run_against_a_gateway_with_another_models_headers_is_live(tmp_path: Path) -> None:
    with gateway("llm_provider-x-request-id") as (url, _):
        set_up(tmp_path, url)
        ran = run_here(*COMMAND, cwd=tmp_path)
    assert ran.returncode == EXIT_OK, ran.stderr
    assert "SIMULATED" not in ran.stdout
