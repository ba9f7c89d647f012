"""`harness providers check` against a real server on loopback: models listed, models not listed, a missing key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.main import main

OWN = """\
providers:
  acme:
    base_url: {url}/generic/v1
    api_key_env: ACME_API_KEY
    dialect: generic
    models:
      there: {{model_id: mock-model, price: free}}
      gone: {{model_id: mock-modal, price: free}}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A mock server that lists `mock-model`."""
    command = [sys.executable, "-m", "harness.mock", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as mock:
        assert mock.stdout is not None
        yield json.loads(mock.stdout.readline())["url"]
        mock.terminate()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str) -> Path:
    (tmp_path / "providers.yaml").write_text(OWN.format(url=server))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACME_API_KEY", "sk-planted-0123456789")
    return tmp_path


def test_a_model_that_is_listed_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "check", "-m", "acme/there"]) == 0
    assert capsys.readouterr().out.startswith("acme: 1 of 1 model listed at http://127.0.0.1:")


def test_a_model_that_is_not_listed_is_named_with_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "check", "-m", "acme/there", "-m", "acme/gone"]) == 1
    said = capsys.readouterr().out
    assert "acme/gone: acme does not list mock-modal; did you mean mock-model" in said
    assert "acme: 1 of 2 models listed" in said
    assert "sk-planted" not in said


def test_a_key_that_is_not_set_is_named_and_nothing_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACME_API_KEY")
    assert main(["providers", "check", "-m", "acme/there"]) == 1
    assert capsys.readouterr().out == "acme: ACME_API_KEY is not set; 1 model not checked\n"


def test_model_listed_under_a_name_that_it_is_served_as_is_counted(
    folder: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "providers.yaml").write_text(
        f"providers: {{own: {{base_url: '{server}/generic/v1', dialect: llamacpp, price: free, models: "
        "{small: {served_as: [mock-model]}, any: {served_as: ['*']}, other: {}}}}"
    )
    assert main(["providers", "check", "-m", "own/small", "-m", "own/any"]) == 0
    assert capsys.readouterr().out.startswith("own: 2 of 2 models listed")
    assert main(["providers", "check", "-m", "own/other"]) == 1


def test_servers_of_this_machine_are_asked_by_name_only(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "providers.yaml").write_text(
        "providers: {own: {base_url: 'http://127.0.0.1:9/v1', dialect: llamacpp, price: free, models: {small: {}}}}"
    )
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    assert main(["providers", "check"]) == 0
    said = capsys.readouterr().out
    assert "own" in said.splitlines()[0]
    assert "not asked, because they run on this machine and need no key: " in said
    assert "connection_failed" not in said
    assert main(["providers", "check", "-m", "own/small"]) == 1
