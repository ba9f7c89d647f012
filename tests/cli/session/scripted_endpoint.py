"""A loopback server that answers sums, refuses or bills as a test says, and runs against it. Not a test."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.cli.main import main
from harness.core.types import Completion, Failure
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A status, a body and headers."""

    status: int
    error: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with this usage, after so many seconds."""

    prompt_tokens: int = 20
    completion_tokens: int = 10
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The connection is closed without an answer."""


Behaviour = Callable[[int], Refusal | Answer | Drop]
"""What the request of that number, from 1 on, is answered with; all requests take turns."""


@dataclass(slots=True, kw_only=True)
class ScriptedEndpoint:
    """A server in work. By model id: `asked`, monotonic readings of its requests; `answered`, prompts it answered."""

    url: str
    asked: dict[str, list[float]] = field(default_factory=dict)
    answered: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def scripted(**models: Behaviour) -> Iterator[ScriptedEndpoint]:
    """A server with a behaviour for each model id."""
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                times = endpoint.asked.setdefault(body["model"], [])
                times.append(time.monotonic())
                reaction = models[body["model"]](len(times))
                if isinstance(reaction, Answer):
                    endpoint.answered.setdefault(body["model"], []).append(body["messages"][-1]["content"])
            if isinstance(reaction, Drop):
                self.close_connection = True
            elif isinstance(reaction, Answer):
                time.sleep(reaction.seconds)
                self._send(200, _answer(body, reaction), {})
            else:
                self._send(reaction.status, {"error": reaction.error}, reaction.headers)

        def do_GET(self) -> None:
            self._send(200, {"data": []}, {})

        def _send(self, status: int, document: Mapping[str, object], headers: Mapping[str, str]) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", "content-length": len(data), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = ScriptedEndpoint(url=f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(body: Mapping[str, object], answer: Answer) -> dict[str, object]:
    messages = body["messages"]
    assert isinstance(messages, list)
    first, second = str(messages[-1]["content"]).removeprefix("What is ").partition("?")[0].split(" + ")
    usage = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens}
    message = {"role": "assistant", "content": f"\\boxed{{{int(first) + int(second)}}}"}
    return {
        "id": "x",
        "object": "chat.completion",
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {**usage, "total_tokens": answer.prompt_tokens + answer.completion_tokens},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run of sums ended: its exit code and how many jobs each way, by model id."""

    code: int
    answered: Mapping[str, int]
    failed: Mapping[str, int]
    opened: Mapping[str, int]


def run_sums(
    folder: Path, endpoint: ScriptedEndpoint, *models: str, samples: int, limits: str = "{}", more: tuple[str, ...] = ()
) -> Ended:
    """`harness run` of so many sums in this process; the working folder must be `folder`."""
    entries = ", ".join(f"{model}: {{stream: false, price: {PRICE}}}" for model in models)
    (folder / "providers.yaml").write_text(
        f"providers: {{odd: {{base_url: '{endpoint.url}', dialect: generic, limits: {limits}, models: {{{entries}}}}}}}"
    )
    rows = ({"id": f"s{n:03}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(samples))
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [word for model in models for word in ("-m", f"odd/{model}")]
    return ended(folder, main(["run", "sums.jsonl", "--grader", "math", *names, "--name", "r", *more]), models, samples)


def resume_sums(folder: Path, *models: str, samples: int, more: tuple[str, ...] = ()) -> Ended:
    """`harness run --resume` of that run."""
    return ended(folder, main(["run", "--resume", "results/r", *more]), models, samples)


def ended(folder: Path, code: int, models: tuple[str, ...], samples: int) -> Ended:
    finals = [
        line
        for line in call_lines(RunDir.open(folder / "results/r"))
        if isinstance(line, OutcomeLine) and line.is_final
    ]

    def count(model: str, kind: type[object]) -> int:
        return sum(line.head.label == f"odd/{model}" and isinstance(line.attempt, kind) for line in finals)

    answered = {model: count(model, Completion) for model in models}
    failed = {model: count(model, Failure) for model in models}
    opened = {model: samples - answered[model] - failed[model] for model in models}
    return Ended(code=code, answered=answered, failed=failed, opened=opened)


PRICE = "{input: 1, output: 10, read_on: 2026-11-21, source: 'made up'}"
