"""Repositories of a task as samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.tasks.repositories import repository_rows, repository_sample
from tests.tasks.tiny_repositories import COMMAND, write_repositories


def test_a_repository_becomes_a_sample_whose_target_holds_all_its_files(tmp_path: Path) -> None:
    (_, row), (_, chinese) = repository_rows(write_repositories(tmp_path))
    sample = repository_sample(row, 0)
    target = json.loads(sample.target)
    assert sample.id == "double"
    assert "It should be 6." in sample.prompt
    assert set(target["files"]) == {"maths.py", "tests/__init__.py", "tests/test_visible.py"}
    assert set(target["hidden"]) == {"hidden_tests/__init__.py", "hidden_tests/test_hidden.py"}
    assert target["test_command"] == COMMAND
    assert sample.tags == {"difficulty": "easy", "language": "en"}
    assert repository_sample(chinese, 1).prompt.startswith("请解决")


def test_hidden_tests_are_not_in_what_the_model_is_told(tmp_path: Path) -> None:
    for _, row in repository_rows(write_repositories(tmp_path)):
        sample = repository_sample(row, 0)
        assert "hidden_tests" not in sample.prompt + (sample.system or "")


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    folder = write_repositories(tmp_path)
    (folder / "double" / "task.yaml").write_text("id: double\n")
    with pytest.raises(DataError, match=r"double.task\.yaml: issue, language, difficulty, test_command missing"):
        repository_rows(folder)


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    (_, row), _ = repository_rows(write_repositories(tmp_path))
    with pytest.raises(ValueError, match="'fr'; accepted: en, zh"):
        repository_sample({**row, "language": "fr"}, 0)
