"""The mock as a process: it starts, serves, keeps its ledger, ends with its parent, and says why it cannot start."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, LocalError
from harness.mock.__main__ import main
from harness.mock.billing import read_ledger
from harness.mock.config import MockConfig, config_from_json
from harness.mock.process import MockProcess, serve
from harness.mock.testing import price_of, simulated
from tests.cases import all_cases
from tests.mock.asking import SAMPLE, ask, body_of
from tests.waiting import wait_until

PRICE = price_of("m", prompt="0.123456789", cached="0.01", completion="1.10")


def config(ledger: Path | None = None) -> MockConfig:
    model = simulated(price=PRICE, accuracy=1.0, dialect="generic")
    return MockConfig(models=(model,), samples=(SAMPLE,), ledger=ledger, time_scale=0.0)


def test_a_configuration_reads_back_as_it_was_written() -> None:
    assert config_from_json(config(Path("l.jsonl")).to_json(), where="test") == config(Path("l.jsonl"))


@all_cases(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"modles": []}', "did you mean models"),
        ('{"models": [{"name": "m", "simulaton": {}}]}', "did you mean simulation"),
        ('{"models": [{"name": "m", "simulation": {"accuracy": 2}}]}', "less than or equal to 1"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_place_and_the_reason(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"here.*{said}"):
        config_from_json(text, where="here")


def test_a_process_answers_and_keeps_an_exact_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with MockProcess(config(path)) as mock:
        answer = asyncio.run(ask(mock.url, body_of(stream=False)))
        pid = mock.pid
    [entry] = read_ledger(path)
    assert r"\boxed{42}" in json.dumps(answer.json()).replace("\\\\", "\\")
    assert entry.bill.usd == (9 * Decimal("0.123456789") + entry.tokens.completion * Decimal("1.10")) / 1_000_000
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists()


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} on 127.0.0.1 is in use"):
            serve(config(), port=port)


@pytest.mark.slow
def test_a_price_that_cannot_be_charged_is_a_configuration_error() -> None:
    model = simulated(price=price_of("m"))
    text = MockConfig(models=(model,)).to_json().replace('"USD"', '"CNY"')
    with pytest.raises(ConfigError, match="CNY"), MockProcess(config_from_json(text, where="test")):
        pass


def is_running(pid: int) -> bool:
    """Whether the process does anything still; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
def test_a_mock_ends_when_its_parent_is_killed() -> None:
    code = (
        "import os, sys, time\n"
        "from harness.mock.config import config_from_json\n"
        "from harness.mock.process import MockProcess\n"
        "mock = MockProcess(config_from_json(sys.argv[1], where='test'))\n"
        "mock.start()\n"
        "print(mock.pid, flush=True)\n"
        "print(os.fork() or time.sleep(600), flush=True)\n"  # holds the mock's standard input open, as a worker would
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, config().to_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child, sleeper = int(parent.stdout.readline()), int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    wait_until(lambda: not is_running(child), "the end of the mock")
    os.kill(sleeper, signal.SIGKILL)


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    assert "--time-scale" in capsys.readouterr().out
