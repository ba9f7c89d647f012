"""The scripted policy of a simulated agent."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness.core.types import Sample
from harness.grading.repository.patch import make_patch
from harness.mock.agent_answers import agent_answer, is_repository, policy
from harness.tasks.repositories import SUBMIT, repository_rows, repository_sample
from tests.tasks.tiny_repositories import write_repositories


def test_the_policy_changes_what_the_reference_changes_and_submits(tmp_path: Path) -> None:
    (_, row), _ = repository_rows(write_repositories(tmp_path))
    sample = repository_sample(row, 0)
    assert is_repository(sample)
    assert "return x * 2" in agent_answer(sample, turn=2, is_correct=True)
    assert "return x * 2" not in agent_answer(sample, turn=2, is_correct=False)
    assert SUBMIT in agent_answer(sample, turn=4, is_correct=True)
    assert agent_answer(sample, turn=9, is_correct=True) == agent_answer(sample, turn=4, is_correct=True)


def test_of_a_long_file_only_the_changed_lines_are_written(tmp_path: Path) -> None:
    lines = [f"x{number} = {number}" for number in range(2000)]
    after = "\n".join([*lines[:10], 'y = "\'"', *lines[11:1500], *lines[1600:]]) + "\n"
    patch = make_patch({"a.py": "\n".join(lines) + "\n"}, {"a.py": after})
    *_, (_, command), _, _ = policy({"a.py": "\n".join(lines) + "\n"}, "true", patch, is_correct=True)
    (tmp_path / "a.py").write_text("\n".join(lines) + "\n")
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_text() == after
    assert len(command) < 300


def test_other_samples_are_no_repositories() -> None:
    assert not is_repository(Sample(id="1", prompt="p", target='{"entry_point": "f"}'))
    assert not is_repository(None)
