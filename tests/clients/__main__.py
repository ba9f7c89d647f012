"""`python -m tests.clients [NAME ...]`: each client makes a small run against the mock; 1 if one does not get through.

Needs the registries of PyPI and, for some, of npm. Environments are kept in .clients/, one for each client.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.core.types import Sample
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.testing import simulated
from tests.clients.clients import CLIENTS, Client

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
ENVIRONMENTS = ROOT / ".clients"
MODEL = simulated(accuracy=1.0, answer_tokens={"median": 40})
SAMPLE = Sample(id="sum", prompt="What is 3 + 4?", target="7")
INSTALL_TIMEOUT_S = 1200
RUN_TIMEOUT_S = 300


def main() -> int:
    """Try the clients that are named, or all."""
    known = [client.name for client in CLIENTS]
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(known)}")
    names = parser.parse_args().names or known
    if unknown := set(names) - set(known):
        parser.error(f"{', '.join(sorted(unknown))}: no such client; known: {', '.join(known)}")
    failed = 0
    config = MockConfig(models=(MODEL,), samples=(SAMPLE,), time_scale=0.0)
    with MockProcess(config) as mock:
        for client in CLIENTS:
            if client.name in names:
                said = tried(client, mock.url)
                failed += said is not None
                print(
                    f"{client.name:14} {', '.join(client.packages):52} {'ok' if said is None else 'FAILED'}", flush=True
                )
                print(said or "", end="\n" if said else "", flush=True)
    return 1 if failed else 0


def tried(client: Client, url: str) -> str | None:
    """Install a client and run its script; what went wrong, or None."""
    folder = ENVIRONMENTS / client.name
    try:
        command = installed(client, folder)
        environ = {**os.environ, "MOCK_URL": url, "OPENAI_API_KEY": "k", "PROMPTFOO_DISABLE_TELEMETRY": "1"}
        subprocess.run(
            command, cwd=folder, env=environ, check=True, capture_output=True, text=True, timeout=RUN_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        return f"{error.stdout[-1500:]}{error.stderr[-3000:]}" or f"exit code {error.returncode}, without a word"
    except subprocess.TimeoutExpired as error:
        return f"no end after {error.timeout:g} s"
    return None


def installed(client: Client, folder: Path) -> list[str]:
    """The command that runs the client's script, once its packages are in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / client.script
    shutil.copyfile(SCRIPTS / client.script, script)
    if not client.is_python:
        _install(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), *client.packages])
        return ["node", str(script)]
    python = folder / ".venv/bin/python"
    if not python.exists():
        _install([sys.executable, "-m", "venv", str(folder / ".venv")])
    _install([str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *client.packages])
    return [str(python), str(script)]


def _install(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)


if __name__ == "__main__":
    sys.exit(main())
