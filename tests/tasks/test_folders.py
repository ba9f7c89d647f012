"""Task files are found by their name, the nearest folder first, and faulty ones are named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import ConfigError, UsageError
from harness.tasks.folders import find_task_file, import_task, shipped_dir, task_files, task_name

TASK = """\
from harness.tasks import Sample, Source, Task

TASK = Task(
    name="my-sums",
    version=1,
    grader="math",
    source=Source(title="sums", licence="CC0"),
    to_sample=lambda row, position: Sample(id=str(position), prompt="?", target="1"),
    content_hash=None,
)
"""


def write(folder: Path, name: str, text: str = TASK) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    path.write_text(text)
    return path


def test_dash_and_underscore_and_case_are_one(tmp_path: Path) -> None:
    path = write(tmp_path / "tasks", "my_sums.py")
    assert task_name("My_Sums") == "my-sums"
    for name in ("my-sums", "my_sums", "MY-SUMS"):
        assert find_task_file(name, tasks_dir=None, cwd=tmp_path) == path


def test_a_nearer_folder_hides_the_same_name_of_a_farther_one(tmp_path: Path) -> None:
    in_cwd = write(tmp_path / "tasks", "gsm8k.py")
    assert task_files(None, tmp_path)["gsm8k"] == in_cwd
    named = write(tmp_path / "named", "gsm8k.py")
    assert task_files(tmp_path / "named", tmp_path)["gsm8k"] == named
    assert task_files(None, tmp_path / "elsewhere")["gsm8k"] == shipped_dir() / "gsm8k.py"


def test_files_that_assign_no_task_are_none(tmp_path: Path) -> None:
    for name, text in (("helper.py", "def TASK(): ...\n"), ("_private.py", TASK), ("notes.txt", TASK)):
        write(tmp_path / "tasks", name, text)
    assert set(task_files(None, tmp_path)) == set(task_files(None, tmp_path / "elsewhere"))


def test_an_unknown_task_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"task 'gsm9k' is unknown; did you mean gsm8k"):
        find_task_file("gsm9k", tasks_dir=None, cwd=tmp_path)
    with pytest.raises(UsageError, match="there is no such folder"):
        task_files(tmp_path / "none", tmp_path)


def test_two_folders_may_hold_a_file_of_one_name(tmp_path: Path) -> None:
    first = import_task(write(tmp_path / "a", "my_sums.py"))
    second = import_task(write(tmp_path / "b", "my_sums.py", TASK.replace("version=1", "version=2")))
    assert (first.version, second.version) == (1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nTASK = 5\n", "TASK has the type int; accepted: a harness.tasks.Task"),
        (TASK.replace("my-sums", "sums"), "TASK.name is 'sums'; accepted: 'my-sums', as the file is named"),
        ("\nTASK = nothing\n", ":2: NameError: name 'nothing' is not defined"),
        ("\n\nTASK = (\n", ":3: SyntaxError"),
        ("import no_such_module\nTASK = 1\n", ":1: ModuleNotFoundError"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, "my_sums.py", text)
    with pytest.raises(ConfigError) as raised:
        import_task(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)
