"""`harness doctor`: each check on a machine that is fine and on one that is not; no key is shown."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.cli.doctor import CHECKS, Health, HealthCheck, run_checks
from harness.cli.main import main

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SECRET = "sk-abcdef0123456789"


def checks(cwd: Path, environ: Mapping[str, str] | None = None, now: datetime = NOW) -> dict[str, HealthCheck]:
    return {one.name: one for one in run_checks(cwd, environ or {}, now)}


def test_screen_fits_80_columns_and_names_every_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    assert all(any(name in line for line in lines) for name in CHECKS)


def test_json_has_the_same_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["doctor", "--json"])
    assert [one["check"] for one in json.loads(capsys.readouterr().out)] == list(CHECKS)


def test_keys_are_named_with_where_they_were_found_and_never_shown(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"GROQ_API_KEY={SECRET}\n")
    env.chmod(0o600)
    found = checks(tmp_path, {"OPENAI_API_KEY": SECRET})
    assert found["keys"].health is Health.OK
    assert found["keys"].text == "OPENAI_API_KEY (environment), GROQ_API_KEY (.env)"
    assert SECRET not in str(found)


def test_keys_that_cannot_be_sent_or_can_be_read_by_others_are_named(tmp_path: Path) -> None:
    broken = checks(tmp_path, {"OPENAI_API_KEY": f"{SECRET} {SECRET}"})["keys"]
    assert broken.health is Health.PROBLEM
    assert "OPENAI_API_KEY" in broken.text
    assert SECRET not in broken.text
    (tmp_path / ".env").write_text(f"GROQ_API_KEY={SECRET}\n")
    (tmp_path / ".env").chmod(0o644)
    open_to_all = checks(tmp_path)["keys"]
    assert open_to_all.health is Health.NOTE
    assert "other users of this machine can read .env" in open_to_all.text
    assert checks(tmp_path / "nowhere")["keys"].text.startswith("none set")


def test_faulty_files_are_problems_and_stop_no_other_check(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("providers: [1]\n")
    (tmp_path / ".env").write_text("no setting\n")
    found = checks(tmp_path)
    assert found[".env"].health is Health.PROBLEM
    assert found["providers"].health is Health.PROBLEM
    assert "providers.yaml:1" in found["providers"].text
    assert found["Python"].health is Health.OK


def test_port_that_is_taken_is_a_note_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = checks(tmp_path, {"HARNESS_LOCAL_PORT": str(port)})["ports"]
    assert found.health is Health.NOTE
    assert f"{port} is taken: harness local up takes a free one" in found.text


def test_clock_before_the_newest_price_is_a_problem(tmp_path: Path) -> None:
    assert checks(tmp_path)["clock"].health is Health.OK
    early = checks(tmp_path, now=datetime(2025, 1, 1, tzinfo=UTC))["clock"]
    assert early.health is Health.PROBLEM
    assert "2025-01-01 00:00 UTC is before" in early.text


def test_folders_that_are_missing_are_problems(tmp_path: Path) -> None:
    found = checks(tmp_path / "nowhere", {"HARNESS_DATA_DIR": str(tmp_path / "none")})
    assert found["disk"].health is Health.PROBLEM
    assert found["data"].health is Health.PROBLEM
    assert "which is not a folder" in found["data"].text
    assert checks(tmp_path, {"HARNESS_DATA_DIR": str(tmp_path)})["data"].health is Health.OK
