"""Small repositories with a bug, for agents: one folder each, and the sample that is made of it.

    tasks/repo_fix/ID/repo/...          the files an agent gets, visible tests included
    tasks/repo_fix/ID/hidden/...        hidden tests, copied in only at grading
    tasks/repo_fix/ID/task.yaml         id, issue, language en or zh, difficulty, test_command
    tasks/repo_fix/ID/solution.patch    a unified diff that passes

A sample's target holds all files, so that grades can be made again from the run folder alone, and its content hash
covers them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import DataError, reason
from harness.core.types import Sample

COMMAND_FENCE = "mswea_bash_command"
"""What opens the block with a command, as mini-swe-agent's prompts for models without tool calls have it."""
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"

_SYSTEM = (
    "You fix bugs in a software repository by running shell commands. Each of your answers has one or two sentences on "
    f"what you do next, and then exactly one block of this form:\n\n```{COMMAND_FENCE}\none command\n```\n\n"
    "The command is run by bash in the repository's folder and you get its output. Every command starts in that folder "
    "in a new shell. There is no network. Answers without exactly one such block are refused."
)
_PROMPT = {
    "en": (
        "Solve this issue in the repository in the current folder.\n\n{issue}\n\n"
        "Read the code, change it, and run the tests with `{tests}`. Do not change the tests: they are put back before "
        "your changes are judged, together with further tests that you do not see.\n\n"
        "When you are done, run `{submit}` alone. Your changes are then taken as they are."
    ),
    "zh": (
        "请解决当前目录中代码仓库的以下问题。\n\n{issue}\n\n"
        "阅读代码，进行修改，并用 `{tests}` 运行测试。"
        "不要修改测试：评判前会恢复原有测试，并加入你看不到的其他测试。\n\n"
        "完成后，单独运行 `{submit}`。届时将按仓库的现状评判你的修改。"
    ),
}
_FIELDS = ("id", "issue", "language", "difficulty", "test_command")


def agent_system() -> str:
    """The system message of every agent: what its answers look like."""
    return _SYSTEM


def issue_prompt(issue: str, tests: str, *, language: str = "en") -> str:
    """The first message to an agent. `tests`: the command that runs them, as a user would type it."""
    return _PROMPT[language].format(issue=issue, tests=tests, submit=SUBMIT)


def repository_rows(folder: Path) -> list[tuple[str, Mapping[str, object]]]:
    """One row per instance below a folder, with its files, by name. Raises DataError naming what is missing."""
    found = [path for path in sorted(folder.iterdir()) if (path / "task.yaml").is_file()]
    return [(str(path / "task.yaml"), _row(path)) for path in found]


def _row(folder: Path) -> Mapping[str, object]:
    import yaml  # here: whoever imports a task needs no parser of YAML

    place = folder / "task.yaml"
    try:
        told = yaml.safe_load(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{place}: cannot be read: {reason(error)}") from None
    missing = [name for name in _FIELDS if not isinstance(told, dict) or name not in told]
    if missing:
        raise DataError(f"{place}: {', '.join(missing)} missing; needed: {', '.join(_FIELDS)}")
    return {
        **told,
        "files": _files(folder / "repo"),
        "hidden": _files(folder / "hidden"),
        "solution": _text(folder / "solution.patch"),
    }


def _files(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from None


def repository_sample(row: Mapping[str, object], _position: int) -> Sample:
    """The sample of an instance: its issue as the prompt, all files as the target, the patch as the reference."""
    language = str(row["language"])
    if language not in _PROMPT:
        raise ValueError(f"language {language!r}; accepted: {', '.join(_PROMPT)}")
    tests = _command(row["test_command"])
    target = {"files": row["files"], "hidden": row["hidden"], "test_command": tests}
    issue = "\n\n".join(str(row[name]).strip() for name in ("title", "issue") if name in row)
    prompt = issue_prompt(issue, " ".join(tests), language=language)
    return Sample(
        id=str(row["id"]),
        prompt=prompt,
        system=_SYSTEM,
        target=json.dumps(target, ensure_ascii=False, sort_keys=True),
        tags={"difficulty": str(row["difficulty"]), "language": language},
        reference=str(row["solution"]),
    )


def _command(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        raise ValueError(f"a test command is a list of words, found {value!r}")
    return list(value)
