"""Starts, finds and stops the real small model's server on loopback.

One server per port, in the background, shared by all runs of the user. The process id of each is kept in a file named
after its port, so that later commands find it. Only a process that this module started is ever stopped.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import LocalError
from harness.local import serve_file
from harness.local.install import cache_dir, install

ALIAS = "smollm2-135m-instruct"
SLOTS = 4
CONTEXT_TOKENS = 8192  # over all slots
START_TIMEOUT_S = 120.0
DEFAULT_PORT = 8081


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """A running server: its address, and whether it was started just now."""

    url: str
    pid: int
    was_started: bool


def port_from(environ: Mapping[str, str]) -> int:
    """HARNESS_LOCAL_PORT, else the port of a server that this module started, else 8081.

    Raises LocalError when HARNESS_LOCAL_PORT is no port.
    """
    text = environ.get("HARNESS_LOCAL_PORT")
    if text is None:
        return next(_our_ports(cache_dir()), DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LocalError(f"HARNESS_LOCAL_PORT is {text!r}; a port between 1 and 65535 is accepted")
    return int(text)


def up(environ: Mapping[str, str]) -> LocalServer:
    """Start the server unless it runs already; HARNESS_LOCAL_PORT names its port, which must be free then.

    Raises LocalError when that port is taken or the start fails.
    """
    cache = cache_dir()
    with _one_at_a_time(cache):
        port = port_from(environ)
        running = status(port)
        if running is not None:
            return running
        port = port_for_start(port, is_fixed="HARNESS_LOCAL_PORT" in environ)
        weights = install(cache)
        return _start(cache, port, weights)


def port_for_start(port: int, *, is_fixed: bool) -> int:
    """The port itself if nothing listens there, else a free one. Raises LocalError when it is taken and fixed."""
    if _health(port) is None:
        return port
    if is_fixed:
        raise LocalError(
            f"port {port} is taken by a server that this command did not start; "
            "stop that one, choose another port with HARNESS_LOCAL_PORT, or unset it to take a free one"
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


def status(port: int) -> LocalServer | None:
    """The server this command started on that port, if it answers."""
    pid = _our_pid(cache_dir(), port)
    if pid is None or _health(port) != "llama.cpp":
        return None
    return LocalServer(url=_url(port), pid=pid, was_started=False)


def down(port: int) -> bool:
    """Stop the server this command started on that port; False when there is none."""
    cache = cache_dir()
    with _one_at_a_time(cache):
        pid = _our_pid(cache, port)
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        for _ in range(50):
            if not _is_alive(pid):
                break
            time.sleep(0.1)
        else:
            os.kill(pid, signal.SIGKILL)
        _pid_file(cache, port).unlink(missing_ok=True)
        return True


def _start(cache: Path, port: int, weights: Path) -> LocalServer:
    log = cache / f"{port}.log"
    command = [sys.executable, str(serve_file()), "--model", str(weights), "--alias", ALIAS, "--port", str(port)]
    # two busy threads on two busy cores are slower than one
    threads = max(1, (os.cpu_count() or 2) - 1)
    command += ["--slots", str(SLOTS), "--context", str(CONTEXT_TOKENS), "--threads", str(threads)]
    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(cache / "site")}  # no keys in that process
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ, start_new_session=True
        )
    _pid_file(cache, port).write_text(str(process.pid))
    deadline = time.monotonic() + START_TIMEOUT_S
    while _health(port) != "llama.cpp":
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            _pid_file(cache, port).unlink(missing_ok=True)
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            raise LocalError(f"the model's server did not start on port {port}; its log ends:\n{tail}")
        time.sleep(0.1)
    return LocalServer(url=_url(port), pid=process.pid, was_started=True)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


def _pid_file(cache: Path, port: int) -> Path:
    return cache / f"{port}.pid"


def _our_ports(cache: Path) -> Iterator[int]:
    """Ports with a live server that this module started, the default port first."""
    noted = [int(path.stem) for path in cache.glob("*.pid") if path.stem.isdecimal()]
    return (port for port in sorted(noted, key=lambda port: (port != DEFAULT_PORT, port)) if _our_pid(cache, port))


def _our_pid(cache: Path, port: int) -> int | None:
    """The process id noted for the port, if that process is alive and is our server."""
    try:
        pid = int(_pid_file(cache, port).read_text())
    except (OSError, ValueError):
        return None
    return pid if _is_alive(pid) and _is_ours(pid, port) else None


def _is_alive(pid: int) -> bool:
    try:
        reaped, _ = os.waitpid(pid, os.WNOHANG)  # a child of ours stays a zombie until it is waited for
        if reaped:
            return False
    except ChildProcessError:
        pass  # started by an earlier command
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_ours(pid: int, port: int) -> bool:
    ran = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return serve_file().name in ran.stdout and f"--port {port}" in ran.stdout


def _health(port: int) -> str | None:
    """The `Server` header of whatever answers /health on the port; None when nothing listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        name = answer.getheader("Server") or "unknown"
        return name if answer.status == 200 else f"{name} ({answer.status})"
    except ConnectionRefusedError:
        return None
    except (OSError, http.client.HTTPException):
        return "silent"
    finally:
        connection.close()


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    """Two commands at once must not install or start twice."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "lock").open("w")
    except OSError as error:
        raise LocalError(f"cannot use {cache}: {error.strerror or error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
