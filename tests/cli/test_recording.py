"""`--record`, `--replay` and `harness recording`: a live server on loopback first, its recording afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE

KEY = "sk-of-this-test-0123456789"
TASK = ["core-math", "--limit", "4", "--repeats", "2", "--quiet"]


class Server(BaseHTTPRequestHandler):
    """Answers 42 to everything, after one refusal for lack of speed; it is no mock, so its rows are live."""

    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).asked += 1
        answer = {"role": "assistant", "content": f"It is \\boxed{{42}}. ({type(self).asked})"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        choices = [{"index": 0, "message": answer, "finish_reason": "stop"}]
        status, body = 200, json.dumps({"model": "m", "choices": choices, "usage": usage}).encode()
        if type(self).asked == 2:
            status, body = 429, b'{"error": {"message": "slow down, org-Abcdefghijk0123456789"}}'
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("x-request-id", "req-1")
        if status == 429:
            self.send_header("retry-after", "0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    handler = type("Handler", (Server,), {"asked": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEST_KEY", KEY)
    return tmp_path


def model_at(url: str) -> list[str]:
    return ["-m", "my-model", "--base-url", url, "--api-key-env", "TEST_KEY", "--price", "1,2"]


def rows_of(name: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["report", f"results/{name}", "--format", "json"]) == EXIT_OK
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)["rows"]
    return rows


def recorded(url: str) -> None:
    assert main(["run", *TASK, *model_at(url), "--name", "live", "--record", "rec"]) == EXIT_OK


@pytest.mark.slow
def test_a_replay_gives_the_same_answers_dollars_and_retries_without_server_and_key(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as url:
        recorded(url)
    text = "".join(file.read_text() for file in (folder / "rec").rglob("*.json"))
    assert KEY not in text
    assert "req-1" not in text
    assert "slow down, org-removed" in text
    live = rows_of("live", capsys)[0]

    monkeypatch.delenv("TEST_KEY")
    for instant in ([], ["--instant"]):
        name = f"again{len(instant)}"
        words = ["run", *TASK, *model_at(url), "--name", name, "--replay", "rec", *instant]
        assert main(words) == EXIT_OK
        shown = capsys.readouterr().out
        assert "REPLAYED" in shown
        assert "· = = REPLAYED" in shown
        again = rows_of(name, capsys)[0]
        for figure in ("n", "accuracy", "spent_usd", "prompt_tokens", "completion_tokens", "failed"):
            assert again[figure] == live[figure], figure
    assert again["seconds_per_task"] is None  # answered at once


@pytest.mark.slow
def test_a_changed_prompt_fails_and_says_what_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as url:
        recorded(url)
    capsys.readouterr()
    words = ["run", *TASK, *model_at(url), "--name", "changed", "--replay", "rec", "--instant", "--system", "Brief."]
    assert main(words) == EXIT_INCOMPLETE
    said = capsys.readouterr().err
    assert "the recording does not hold 8 requests" in said
    assert '+   "content": "Brief."' in said


@pytest.mark.slow
def test_a_recording_that_cannot_be_written_costs_no_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rec").write_text("a file where the folder should be")
    with serving() as url:
        assert main(["run", *TASK, *model_at(url), "--name", "live", "--record", "rec"]) == EXIT_INCOMPLETE
    assert "cannot record in rec" in capsys.readouterr().err
    assert rows_of("live", capsys)[0]["n"] == 8  # all answers are kept and graded


@pytest.mark.slow
def test_answers_of_a_replay_are_never_reused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as url:
        recorded(url)
        assert main(["run", *TASK, *model_at(url), "--name", "again", "--replay", "rec", "--instant"]) == EXIT_OK
        assert main(["run", *TASK, *model_at(url), "--name", "new", "--reuse", "results/again"]) == EXIT_USAGE
    assert "results/again is REPLAYED" in capsys.readouterr().err


@pytest.mark.slow
def test_a_recording_is_shown_and_converted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as url:
        recorded(url)
    capsys.readouterr()
    assert main(["recording", "show", "rec"]) == EXIT_OK
    assert "9 exchanges" in capsys.readouterr().out  # eight answers and one refusal
    assert main(["recording", "to-vcr", "rec", "cassette.yaml"]) == EXIT_OK
    assert main(["recording", "to-vcr", "rec", "cassette.yaml"]) == EXIT_USAGE
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["recording", "from-vcr", "cassette.yaml", "rec2", "--recorded-at", "2026-11-30"]) == EXIT_OK
    assert "9 exchanges" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "core-math", "-m", "@sim", "--replay", "none"], "none is not a recording: there is no such folder"),
        (["run", "core-math", "-m", "@sim", "--instant"], "--instant needs --replay DIR"),
        (["run", "core-math", "-m", "@sim", "--replay", "a", "--record", "b"], "not allowed with"),
        (["recording", "show", "none"], "there is no such folder"),
        (["recording", "from-vcr", "none.yaml", "x", "--recorded-at", "2026-11-30"], "none.yaml is not a vcrpy"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else -1
    assert code == EXIT_USAGE
    assert said in capsys.readouterr().err
