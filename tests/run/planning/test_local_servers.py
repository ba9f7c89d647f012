"""Servers on this machine are found, and a mock among them is not taken for a model."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from harness.core.errors import LocalError, UsageError
from harness.core.types import Endpoint, Sample
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.testing import simulated
from harness.run.planning.local_servers import unreachable_servers
from harness.run.prepare import reopen
from tests.cases import all_cases
from tests.ports import closed_port
from tests.run.scripted_run import Model, make_run, plan_for
from tests.virtual_time import EPOCH


def endpoint(base_url: str, *, starts_with_run: bool = False) -> Endpoint:
    return Endpoint(
        label="mine/m",
        provider="mine",
        model="m",
        model_id="m",
        base_url=base_url,
        dialect="generic",
        simulated=starts_with_run,
        starts_with_run=starts_with_run,
    )


class _Quiet(http.server.SimpleHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Say nothing."""


@contextmanager
def plain_server() -> Iterator[str]:
    """A server of files: it answers, and knows nothing of models."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def mock_url() -> Iterator[str]:
    sample = Sample(id="s", prompt="6*7?", target="42")
    with MockProcess(MockConfig(models=(simulated(),), samples=(sample,))) as mock:
        yield mock.url


@all_cases("path", ["/v1", "/generic/v1", "/xai/v1/"])
@all_cases("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_mock_that_was_started_by_hand_is_marked_simulated(mock_url: str, host: str, path: str) -> None:
    (found,) = unreachable_servers([endpoint(f"{mock_url.replace('127.0.0.1', host)}{path}")])
    assert found.simulated
    assert not found.starts_with_run


def test_run_with_a_live_server_is_not_resumed_with_the_mock_in_its_place(mock_url: str, tmp_path: Path) -> None:
    models = (Model(name="a"),)
    run = make_run(tmp_path / "run", plan_for(models, ["one"]), models)
    live = [replace(one, base_url=f"{mock_url}/v1") for one in run.manifest().endpoints]
    run.rewrite_manifest(replace(run.manifest(), endpoints=tuple(live)))
    with pytest.raises(UsageError, match="the mock answers for sim/a: its answers are SIMULATED"):
        reopen(run.path, EPOCH, max_usd=None)


def test_another_server_is_live() -> None:
    with plain_server() as url:
        (found,) = unreachable_servers([endpoint(url)])
    assert not found.simulated


@pytest.mark.slow
def test_a_server_that_accepts_and_says_nothing_is_live() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        (found,) = unreachable_servers(
            [endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/v1")]
        )  # given up after 3 s
    assert not found.simulated


def test_nothing_there_is_an_error_and_other_addresses_are_not_probed() -> None:
    port = closed_port()
    with pytest.raises(LocalError, match=f"mine/m: nothing answers at http://127.0.0.1:{port}/v1"):
        unreachable_servers([endpoint(f"http://127.0.0.1:{port}/v1")])
    far = [endpoint("https://api.example.invalid/v1"), endpoint("http://simulated.invalid/v1", starts_with_run=True)]
    assert unreachable_servers(far) == tuple(far)


def test_path_that_is_not_ascii_is_asked_for_percent_encoded() -> None:
    with plain_server() as url:
        (found,) = unreachable_servers([endpoint(url.replace("/v1", "/模型/v1"))])
    assert not found.simulated
    assert _Quiet.asked[-1] == "/%E6%A8%A1%E5%9E%8B/v1/models"
