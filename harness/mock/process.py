"""The mock as a process: `serve` runs it until it is told to stop, `MockProcess` starts one and stops it.

A child process gets its configuration as one line on standard input, announces its address as one JSON line on standard
output, and ends when its standard input ends or its parent is gone: it cannot outlive the process that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import select
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from aiohttp import web

from harness.core.errors import ConfigError, LocalError
from harness.mock.answers import AnswerBook
from harness.mock.billing import BillingLedger
from harness.mock.config import MockConfig
from harness.mock.server import create_app

_START_S = 30.0
_STOP_S = 5.0
_LOOK_AT_PARENT_S = 0.5
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(config: MockConfig, *, port: int, host: str = "127.0.0.1", ends_with_stdin: bool = False) -> int:
    """Serve until a stop signal (or the end of standard input), having printed {"url", "ledger", "pid"}; 0 then.

    `port` 0 takes any free one. Raises LocalError when the port cannot be had, ConfigError for an unusable price.
    """
    return asyncio.run(_serve(config, port=port, host=host, ends_with_stdin=ends_with_stdin))


async def _serve(config: MockConfig, *, port: int, host: str, ends_with_stdin: bool) -> int:
    parent = os.getppid()  # before anybody is told of us: a parent killed right then must still be missed
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(build_app(config), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        bound = runner.addresses[0][1]
        ledger = str(config.ledger) if config.ledger is not None else None
        print(json.dumps({"url": f"http://{host}:{bound}", "ledger": ledger, "pid": os.getpid()}), flush=True)
        if ends_with_stdin:
            threading.Thread(target=_wait_for_stdin, args=(loop, stopped, parent), daemon=True).start()
        await stopped.wait()
    finally:
        await runner.cleanup()
    return 0


def build_app(config: MockConfig) -> web.Application:
    """The application of a configuration."""
    models = {model.name: model for model in config.models}
    book = AnswerBook.from_samples(config.samples)
    return create_app(models, book, BillingLedger(path=config.ledger), config.time_scale, config.rules)


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    site = web.TCPSite(runner, host, port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise LocalError(
                f"port {port} on {host} is in use by another program; choose another one, or 0 for any free port"
            ) from error
        raise LocalError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def _wait_for_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event, parent: int) -> None:
    # Workers forked by the parent hold the other end of the pipe too: its end alone does not tell of a killed parent.
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _LOOK_AT_PARENT_S)
        if readable and not os.read(0, 65536):
            break
    with contextlib.suppress(RuntimeError):  # the loop may have ended for another reason
        loop.call_soon_threadsafe(stopped.set)


class MockProcess:
    """A mock in a process of its own, from `with` to the end of the block; `url` is its address.

    Raises LocalError when it does not start, with what it said; ConfigError when the configuration is at fault.
    """

    def __init__(self, config: MockConfig, *, port: int = 0) -> None:
        self.config = config
        self.port = port
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def ledger(self) -> Path | None:
        """The ledger's file, readable with `harness.mock.billing.read_ledger`."""
        return self.config.ledger

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        command = [sys.executable, "-m", "harness.mock", "--port", str(self.port), "--config", "-"]
        # A file, for a pipe nobody reads would fill up and stop the mock; `stop` closes it.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        # A session of its own: Ctrl-C reaches the harness alone, which finishes its calls before the mock ends.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, start_new_session=True
        )
        try:
            self.url = self._announced(self._process)
        except BaseException:
            self.stop()
            raise

    def _announced(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # then its stderr says why, below
            process.stdin.write(self.config.to_json().encode() + b"\n")
            process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(_START_S):
                raise LocalError(f"the mock did not start within {_START_S:g} s")
        line = process.stdout.readline()
        if line:
            return str(json.loads(line)["url"])
        assert self._said is not None
        code = process.wait(_STOP_S)
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace").strip()
        if "ConfigError: " in said:
            raise ConfigError(said.rpartition("ConfigError: ")[2])
        raise LocalError(f"the mock ended with code {code} before it listened: {said or 'it said nothing'}")

    def stop(self) -> None:
        """End the process; does nothing if it has ended."""
        process, self._process = self._process, None
        if self._said is not None:
            self._said.close()
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
