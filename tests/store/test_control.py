"""The file of commands and replies: whole lines only, from the moment a reader was made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.control import FILE, ControlCommand, ControlReader, ControlReply, append_control

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
PAUSE = ControlCommand(id="1", at=NOON, action="pause", models=("a/b",))
LIMIT = ControlCommand(id="2", at=NOON, action="limit", models=("a/b",), limit=3)
DONE = ControlReply(id="1", at=NOON, done=("a/b: paused",))


def test_lines_added_since_the_reader_was_made_are_read_once(tmp_path: Path) -> None:
    append_control(tmp_path, PAUSE)
    reader = ControlReader(tmp_path)
    assert list(reader.new_lines()) == []
    append_control(tmp_path, DONE)
    append_control(tmp_path, LIMIT)
    assert list(reader.new_lines()) == [DONE, LIMIT]
    assert list(reader.new_lines()) == []
    assert list(ControlReader(tmp_path / "none").new_lines()) == []


def test_half_a_line_waits_for_its_rest_and_junk_is_passed_over(tmp_path: Path) -> None:
    reader = ControlReader(tmp_path)
    append_control(tmp_path, LIMIT)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(b"junk\n{}\n" + whole[:20])
    assert list(reader.new_lines()) == []
    with (tmp_path / FILE).open("ab") as file:
        file.write(whole[20:])
    assert list(reader.new_lines()) == [LIMIT]


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=f"cannot write {tmp_path}/none/control.jsonl"):
        append_control(tmp_path / "none", PAUSE)
