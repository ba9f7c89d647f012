"""`harness tasks`: the list of tasks, one of them in full, and a name that there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main

OWN = '''\
"""Sums."""

from harness.tasks import Sample, Source, Task

TASK = Task(
    name="my-sums",
    version=3,
    summary="sums of mine",
    grader="math",
    source=Source(title="My sums", licence="CC0", hub_id="me/my-sums", hub_split="test", files=("my_sums",)),
    to_sample=lambda row, position: Sample(id=str(position), prompt=str(row["q"]), target=str(row["a"])),
    content_hash=None,
)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/my_sums.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_own_and_shipped_tasks_are_listed_with_their_origin(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks"]) == 0
    rows = {line.split()[0]: line.split()[1:3] for line in capsys.readouterr().out.splitlines()[3:]}
    assert rows["my-sums"] == ["math", "hub"]
    assert rows["core-code"] == ["code", "shipped"]
    assert rows["core-math-fresh"] == ["math", "generated"]


def test_one_task_is_shown_with_source_licence_and_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "my_sums"]) == 0  # dash and underscore are equal
    shown = capsys.readouterr().out
    assert shown.startswith("my-sums v3: sums of mine\n")
    for line in ("licence     CC0", "pinned to   nothing yet", "hub         me/my-sums test", "files       my_sums in"):
        assert line in shown
    assert shown.endswith(f"defined in  {folder / 'tasks/my_sums.py'}\n")


def test_a_task_that_there_is_not_is_refused_with_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "my-sumz"]) == 2
    assert "my-sums" in capsys.readouterr().err
