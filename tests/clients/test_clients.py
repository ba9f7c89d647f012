"""The clients' job: every client has a script, a pinned version and its place in the workflow."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.clients.clients import CLIENTS

SCRIPTS = Path(__file__).parent / "scripts"


def test_every_script_belongs_to_one_client_and_asserts() -> None:
    assert sorted(client.script for client in CLIENTS) == sorted(path.name for path in SCRIPTS.iterdir())
    assert all("assert" in (SCRIPTS / client.script).read_text() for client in CLIENTS)


def test_every_package_is_pinned() -> None:
    packages = [package for client in CLIENTS for package in client.packages]
    assert [package for package in packages if not re.search(r".(==|@)[\d.]+$", package)] == []


def test_workflow_runs_every_client(root: Path) -> None:
    workflow = yaml.safe_load((root / ".github/workflows/clients.yml").read_text())
    assert workflow["jobs"]["clients"]["strategy"]["matrix"]["client"] == [client.name for client in CLIENTS]
