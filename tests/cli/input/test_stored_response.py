"""A provider's raw response from a file or a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_USAGE
from tests.cli.costed import GROK, explain

STREAM = (
    ": waiting\n\n"
    'data: {"choices":[{"index":0,"delta":{"content":"Four."},"finish_reason":"stop"}]}\n\n'
    'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}\n\n'
    "data: [DONE]\n\n"
)


def test_a_stream_with_comments_is_read_and_its_silence_on_reasoning_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "reply.sse"
    path.write_text(STREAM)
    found = explain(capsys, "--dialect", "vllm", str(path))
    assert found["streamed"] is True
    usage = found["usage"]
    assert isinstance(usage, dict)
    assert (usage["uncached_input"], usage["reasoning"], usage["total_billed_output"]) == (12, None, 3)
    assert (found["bill"], found["total_usd"], found["model"]) == (None, None, None)


def test_standard_input_after_blank_lines() -> None:
    piped = subprocess.run(
        [sys.executable, "-m", "harness", "cost", "explain", "--dialect", "deepseek", "--json", "-"],
        input=b"\n\n\n" + json.dumps(GROK).encode(),
        capture_output=True,
        check=True,
    )
    assert json.loads(piped.stdout)["usage"]["cached_input"] == 400


def test_an_error_in_an_envelope_shows_cause_and_retry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "error.json"
    body = {"error": {"message": "Rate limit reached", "type": "tokens", "code": "rate_limit_exceeded"}}
    path.write_text(json.dumps({"status": 429, "headers": {"Retry-After": "7"}, "body": body}))
    found = explain(capsys, "--model", "openai/gpt-5", str(path))
    error = found["error"]
    assert isinstance(error, dict)
    assert (error["cause"], error["retryable"], error["retry_after_s"]) == ("rate_limited", True, 7.0)
    assert found["total_usd"] == "0"  # refused, so no provider bills it


def test_a_gateways_page_with_a_status_is_an_error_and_without_one_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>Bad gateway</html>")
    error = explain(capsys, "--dialect", "zai", "--status", "502", str(path))["error"]
    assert isinstance(error, dict)
    assert error["cause"] == "server_error"
    assert main(["cost", "explain", "--dialect", "zai", str(path)]) == EXIT_USAGE
    assert "neither JSON" in capsys.readouterr().err


def test_an_array_around_a_googles_error_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "error.json"
    error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    path.write_text(json.dumps({"status": 503, "headers": {}, "body": [{"error": error}]}))
    found = explain(capsys, "--dialect", "gemini_compat", str(path))["error"]
    assert isinstance(found, dict)
    assert (found["cause"], found["retryable"]) == ("overloaded", True)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), ("42", "not a provider's response"), ('{"a": ', "neither JSON"), ("hello", "neither JSON")],
)
def test_what_is_no_reply_is_refused(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "reply"
    path.write_text(text)
    assert main(["cost", "explain", "--dialect", "generic", str(path)]) == EXIT_USAGE
    assert said in capsys.readouterr().err
