"""Templates and system messages: what is sent, which hash covers it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.tasks.load import load_file, load_task
from harness.tasks.prompt_change import PromptChange, read_template
from harness.tasks.prompts import MATH


def own_file(tmp_path: Path, text: str = '{"prompt": "1+1?", "answer": 2}\n') -> Path:
    path = tmp_path / "my.jsonl"
    path.write_text(text)
    return path


def test_template_stands_around_the_problem_and_the_missing_instruction_follows(tmp_path: Path) -> None:
    change = PromptChange(template="Q: {prompt}\nBe brief.")
    loaded = load_file(own_file(tmp_path), grader="math", prompt_change=change)
    assert loaded.samples[0].prompt == f"Q: 1+1?\nBe brief.\n\n{MATH}"
    assert loaded.origin.endswith("my.jsonl, prompts changed")


def test_template_that_asks_for_the_form_gets_no_second_instruction(tmp_path: Path) -> None:
    change = PromptChange(template="{prompt} Put it in \\boxed{}.")
    assert load_file(own_file(tmp_path), grader="math", prompt_change=change).samples[0].prompt == (
        "1+1? Put it in \\boxed{}."
    )


def test_shipped_task_is_checked_before_its_prompts_change(tmp_path: Path) -> None:
    plain = load_task("core-math", cwd=tmp_path, data_dir=None)
    change = PromptChange(template="<<{prompt}>>", system="You are terse.")
    changed = load_task("core-math", cwd=tmp_path, data_dir=None, prompt_change=change)
    assert changed.samples[0].prompt == f"<<{plain.samples[0].prompt}>>"
    assert changed.samples[0].system == "You are terse."
    assert changed.accepted_change is None
    assert changed.content_hash != plain.content_hash == plain.task.content_hash


def test_hash_covers_the_system_message(tmp_path: Path) -> None:
    hashes = {
        load_file(own_file(tmp_path), grader="math", prompt_change=PromptChange(system=system)).content_hash
        for system in (None, "Be brief.", "Be long.")
    }
    assert len(hashes) == 3


def test_system_message_replaces_none_of_the_files_own(tmp_path: Path) -> None:
    path = own_file(tmp_path, '{"id": "a", "prompt": "1+1?", "answer": 2, "system": "mine"}\n')
    with pytest.raises(UsageError, match="sample a has a system message of its own"):
        load_file(path, grader="math", prompt_change=PromptChange(system="yours"))


def test_template_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"\xef\xbb\xbfQ: {prompt}\n\nA:\n")
    assert read_template(path) == "Q: {prompt}\n\nA:"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"no placeholder", r"has no \{prompt\}"),
        (b"\xff{prompt}", "not UTF-8 at byte 0"),
    ],
)
def test_template_that_cannot_be_used_is_named(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"--prompt-template .*t.txt: {message}"):
        read_template(path)
