"""`harness doctor`: on one screen, whether this machine can run what harness does. Sends nothing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from importlib.metadata import version
from pathlib import Path

from harness.config.environment import api_key, load_environ
from harness.config.load import Config, load_config
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, ConfigError, HarnessError, SandboxUnavailable
from harness.core.plurals import counted
from harness.core.types import Endpoint
from harness.grading.sandbox.probes import choose_backend
from harness.local.server import port_from, status
from harness.pricing.book import load_book
from harness.store.run_dir import RESULTS

MIN_PYTHON = (3, 11)
MOCK_PORT = 8080
MIN_FREE_BYTES = 1 << 30
"""A million answers of 1,000 tokens take about 5 GB; below 1 GB a run of some size may end in a full disk."""
WIDTH = 80


class Health(Enum):
    """What a check says: fine, fine with a limit that the text names, or something that must be changed."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One line of the screen."""

    name: str
    health: Health
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """What the checks look at; no representation shows the environment, which holds keys."""

    cwd: Path
    environ: Mapping[str, str]
    process_environ: Mapping[str, str]
    now: datetime

    def __repr__(self) -> str:
        return f"_Machine({self.cwd})"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")
    parser.epilog = "Exit code: 0, or 1 where there is a problem. Keys are looked for, never shown or sent."


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    checks = list(run_checks(Path.cwd(), os.environ, datetime.now(UTC)))
    if arguments.json:
        print(
            json.dumps([{"check": one.name, "health": one.health.value, "text": one.text} for one in checks], indent=1)
        )
    else:
        print("\n".join(_screen(checks)))
    return EXIT_CHECK_FAILED if any(one.health is Health.PROBLEM for one in checks) else EXIT_OK


def run_checks(cwd: Path, environ: Mapping[str, str], now: datetime) -> Iterator[HealthCheck]:
    """Every check, in the order of the screen; one that breaks is a problem and stops no other."""
    try:
        merged: Mapping[str, str] = load_environ(cwd, environ)
    except ConfigError as error:
        yield HealthCheck(name=".env", health=Health.PROBLEM, text=str(error))
        merged = environ
    machine = _Machine(cwd=cwd, environ=merged, process_environ=environ, now=now)
    for name, check in CHECKS.items():
        try:
            health, text = check(machine)
        except (HarnessError, OSError) as error:
            health, text = Health.PROBLEM, str(error)
        yield HealthCheck(name=name, health=health, text=text)


def _python(_machine: _Machine) -> tuple[Health, str]:
    found = platform.python_version()
    is_new = sys.version_info[:2] >= MIN_PYTHON
    return (Health.OK, found) if is_new else (Health.PROBLEM, f"{found}; 3.11 or newer is needed")


def _sandbox(_machine: _Machine) -> tuple[Health, str]:
    try:
        choice = choose_backend()
    except SandboxUnavailable as error:
        return Health.PROBLEM, f"{error} Math and text tasks run without one."
    if choice.escapes:
        return Health.NOTE, f"{choice.backend.name}; a program could still: {', '.join(choice.escapes)}"
    return Health.OK, f"{choice.backend.name}; every escape probe was contained"


def _config(machine: _Machine) -> tuple[Health, str]:
    config = _load_config(machine)
    own = " with your providers.yaml" if (machine.cwd / "providers.yaml").is_file() else ""
    models = counted(len(config.labels), "model")
    return Health.OK, f"{counted(len(config.file.providers), 'provider')}, {models} listed{own}"


def _load_config(machine: _Machine) -> Config:
    return load_config(providers_file=None, cwd=machine.cwd, environ=machine.environ)


def _keys(machine: _Machine) -> tuple[Health, str]:
    variables = _key_variables(_load_config(machine))
    found, broken = [], []
    for variable, endpoint in variables.items():
        try:
            if api_key(endpoint, machine.environ) is not None:
                found.append(f"{variable} ({'environment' if machine.process_environ.get(variable) else '.env'})")
        except ConfigError as error:
            broken.append(str(error))
    if broken:
        return Health.PROBLEM, "; ".join(broken)
    if _is_readable_by_others(machine.cwd / ".env"):
        return Health.NOTE, f"{_found_keys(found)}; other users of this machine can read .env: chmod 600 .env"
    return (Health.OK if found else Health.NOTE), _found_keys(found)


def _found_keys(found: list[str]) -> str:
    if not found:
        return (
            "none set: simulated and local models run; for others write keys into .env (harness init makes an example)"
        )
    return ", ".join(found)


def _key_variables(config: Config) -> dict[str, Endpoint]:
    """The key variables of all providers, each with an endpoint that needs it."""
    return {
        host.api_key_env: Endpoint(
            label=name, provider=name, model="", model_id="", base_url="", dialect="", api_key_env=host.api_key_env
        )
        for name, host in config.file.providers.items()
        if host.api_key_env is not None
    }


def _is_readable_by_others(path: Path) -> bool:
    return path.is_file() and bool(path.stat().st_mode & 0o077)


def _ports(machine: _Machine) -> tuple[Health, str]:
    local = port_from(machine.environ)
    lines = [
        f"{MOCK_PORT} is free (harness mock)"
        if _is_free(MOCK_PORT)
        else f"{MOCK_PORT} is taken: harness mock --port 0 takes a free one",
        f"{local} is free (harness local up)" if _is_free(local) else _taken_local_port(local),
    ]
    is_fine = all("taken" not in line for line in lines)
    return (Health.OK if is_fine else Health.NOTE), "; ".join(lines)


def _taken_local_port(port: int) -> str:
    return (
        f"{port} serves the local model"
        if status(port) is not None
        else f"{port} is taken: harness local up takes a free one"
    )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _disk(machine: _Machine) -> tuple[Health, str]:
    place = machine.cwd / RESULTS if (machine.cwd / RESULTS).is_dir() else machine.cwd
    try:
        with tempfile.NamedTemporaryFile(dir=place):
            pass
    except OSError as error:
        return Health.PROBLEM, f"{place} cannot be written to: {error.strerror}; --results names another folder"
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free for run folders in {place}"
    return (Health.OK, text) if free >= MIN_FREE_BYTES else (Health.NOTE, f"only {text}")


def _clock(machine: _Machine) -> tuple[Health, str]:
    newest = max(row.read_on for row in load_book().all_rows())
    now = f"{machine.now:%Y-%m-%d %H:%M} UTC"
    if machine.now.date() < newest:
        return (
            Health.PROBLEM,
            f"{now} is before {newest}, when the newest price was read: prices in force would be wrong",
        )
    resolution = time.get_clock_info("perf_counter").resolution
    return Health.OK, f"{now}; timer resolution {resolution * 1e9:.0f} ns"


def _data(machine: _Machine) -> tuple[Health, str]:
    folder = machine.environ.get("HARNESS_DATA_DIR")
    if not folder:
        return Health.OK, "benchmarks come from the hub (HARNESS_DATA_DIR is not set)"
    if not Path(folder).is_dir():
        return Health.PROBLEM, f"HARNESS_DATA_DIR is {folder}, which is not a folder"
    return Health.OK, f"benchmark files from HARNESS_DATA_DIR, {folder}"


CHECKS: Mapping[str, Callable[[_Machine], tuple[Health, str]]] = {
    "Python": _python,
    "sandbox": _sandbox,
    "providers": _config,
    "keys": _keys,
    "ports": _ports,
    "disk": _disk,
    "clock": _clock,
    "data": _data,
}


def _screen(checks: list[HealthCheck]) -> Iterator[str]:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield f"harness {version('price-performance-harness')} · {system} · {counted(os.cpu_count() or 1, 'core')}"
    for one in checks:
        head = f"{one.health.value:<8} {one.name:<10} "
        yield from textwrap.wrap(
            one.text,
            WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        )
    problems = sum(one.health is Health.PROBLEM for one in checks)
    yield "no problem found" if not problems else f"{counted(problems, 'problem')}; the lines above say what to change"
