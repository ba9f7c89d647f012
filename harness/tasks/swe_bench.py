"""Instances of SWE-bench: the published rows, and the data folder that holds their repositories and environments.

DIR/swe_bench_verified.jsonl (or .parquet)   the published rows
DIR/repos/INSTANCE_ID (or .tar.gz)           the repository at base_commit, without .git
DIR/environments/INSTANCE_ID                 a virtual environment with what its tests need
DIR/test_commands.json                       optional: {"owner/name": "command"}; the test files are appended, or their
                                             dotted names take the place of {modules}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import DataError, reason
from harness.core.types import Sample
from harness.tasks.files import PlacedRow
from harness.tasks.repositories import agent_system, issue_prompt
from harness.tasks.rows import text_field

DEFAULT_TEST_COMMAND = "python -m pytest -q -rA -p no:cacheprovider"
MODULES = "{modules}"
TEST_COMMANDS: Mapping[str, str] = {
    "django/django": f"python tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1 {MODULES}",
    "sympy/sympy": "env PYTHONWARNINGS=ignore::UserWarning,ignore::SyntaxWarning python bin/test -C --verbose",
}
"""Of repositories whose tests are not pytest's, as in SWE-bench (swebench/harness/constants/python.py, 2026-11)."""
_COMMANDS = "test_commands.json"
_INSTANCE = re.compile(r"\w[\w.-]*", re.ASCII)


def with_data_dir(rows: Sequence[PlacedRow], data_dir: Path) -> list[PlacedRow]:
    """The rows with the data folder and the test command of their repository. Raises DataError for a faulty file."""
    further = {"data_dir": str(data_dir.resolve())}
    commands = {**TEST_COMMANDS, **_test_commands(data_dir / _COMMANDS)}
    return [
        (place, {**row, **further, "test_command": commands.get(str(row.get("repo")), DEFAULT_TEST_COMMAND)})
        for place, row in rows
    ]


def is_built_in_command(sample: Sample) -> bool:
    """Whether the sample's tests are run by a command of this module, which needs packages beside Python."""
    return json.loads(sample.target)["test_command"] in (DEFAULT_TEST_COMMAND, *TEST_COMMANDS.values())


def _test_commands(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) and value.strip() for value in found.values()):
        raise DataError(f'{path}: accepted: an object such as {{"owner/name": "python -m pytest -rA"}}')
    return found


def swe_bench_sample(row: Mapping[str, object], _position: int) -> Sample:
    """The sample of a published row: its problem statement as the prompt, the tests as the target."""
    command, name = text_field(row, "test_command"), text_field(row, "instance_id")
    if not _INSTANCE.fullmatch(name):
        raise ValueError(f"instance_id {name!r}; accepted: letters, digits, dots, dashes and underscores")
    target = {
        **{name: text_field(row, name) for name in ("repo", "base_commit", "version")},
        "test_patch": _patch(row, "test_patch"),
        "environment_setup_commit": str(row.get("environment_setup_commit") or ""),
        "fail_to_pass": _names(row, "FAIL_TO_PASS"),
        "pass_to_pass": _names(row, "PASS_TO_PASS"),
        "test_command": command,
    }
    return Sample(
        id=name,
        prompt=issue_prompt(text_field(row, "problem_statement"), command.replace(MODULES, "MODULE")),
        system=agent_system(),
        target=json.dumps(target, ensure_ascii=False, sort_keys=True),
        tags={"repo": text_field(row, "repo"), "data_dir": text_field(row, "data_dir")},
        reference=_patch(row, "patch"),
    )


def _patch(row: Mapping[str, object], name: str) -> str:
    """A diff as it is: line ends of the files are part of it."""
    value = row[name]
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} is a diff as text, found {type(value).__name__}")
    return value


def _names(row: Mapping[str, object], name: str) -> list[str]:
    """Names of tests: a list, or one as JSON text, as it is published."""
    value = row[name]
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} is a list of names of tests, found {value!r}")
    return list(value)
