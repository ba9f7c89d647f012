"""What a simulated model says as an agent: a scripted policy that looks, changes, tests and submits.

Whether its change is the right one is drawn once for a conversation, with the accuracy of the model; so the share of
repositories that it solves is known.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from harness.core.types import Sample
from harness.grading.repository.patch import apply_patch
from harness.grading.repository.workspace import workspace_of
from harness.tasks.repositories import COMMAND_FENCE, SUBMIT

MAX_WRITTEN_CHARS = 8_000
"""Of a file that the policy writes as a whole."""
GRADER_MARKS = ('"hidden"', '"fail_to_pass"')
"""Only targets of repositories hold one of them."""


def is_repository(sample: Sample | None) -> bool:
    """Whether the sample is a repository to be changed by an agent."""
    return sample is not None and sample.target.startswith("{") and any(mark in sample.target for mark in GRADER_MARKS)


def agent_answer(sample: Sample, *, turn: int, is_correct: bool) -> str:
    """The answer of a turn, from 0; the last step is repeated."""
    command = json.loads(sample.target)["test_command"]
    tests = command if isinstance(command, str) else shlex.join(command)
    steps = policy(workspace_of(sample).texts, tests, sample.reference or "", is_correct=is_correct)
    said, command = steps[min(turn, len(steps) - 1)]
    return f"{said}\n\n```{COMMAND_FENCE}\n{command}\n```"


def policy(files: Mapping[str, str], tests: str, patch: str, *, is_correct: bool) -> Sequence[tuple[str, str]]:
    """What the policy says and runs: look, read, change, test, submit."""
    solved = apply_patch(files, patch)
    changed = [path for path in sorted({*files, *solved}) if files.get(path) != solved.get(path)]
    read = [path for path in changed if path in files]
    if is_correct:
        edits = [_edit(path, files.get(path), solved.get(path)) for path in changed]
    else:
        first = read[0] if read else sorted(files)[0]
        edits = [f"echo '# looked at' >> {shlex.quote(first)}"]
    return (
        ("I look at what there is.", "find . -type f | sort | head -50"),
        ("I read the code.", f"cat {shlex.join(read)}" if read else "ls"),
        ("I change it.", "\n".join(edits)),
        ("I run the tests.", tests),
        ("That is all.", SUBMIT),
    )


def _edit(path: str, before: str | None, after: str | None) -> str:
    """The command that makes one text of the other. Of a long one only lines that differ are written: as a whole it
    would exceed the output limit of an answer."""
    if after is None:
        return f"rm {shlex.quote(path)}"
    if before is None or len(after) <= MAX_WRITTEN_CHARS:
        return _write(path, after)
    old, new = before.split("\n"), after.split("\n")
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    script = [
        f"lines = open({path!r}, newline='').read().split('\\n')",
        *(f"lines[{a}:{b}] = {new[c:d]!r}" for kind, a, b, c, d in reversed(changes) if kind != "equal"),
        f"open({path!r}, 'w', newline='').write('\\n'.join(lines))",
    ]
    return "\n".join(["python - <<'END_OF_FILE'", *script, "END_OF_FILE"])


def _write(path: str, text: str) -> str:
    folder = path.rpartition("/")[0]
    made = f"mkdir -p {shlex.quote(folder)}\n" if folder else ""
    if not text.endswith("\n"):  # a here-document ends with a line break
        return f"{made}printf %s {shlex.quote(text)} > {shlex.quote(path)}"
    return f"{made}cat > {shlex.quote(path)} <<'END_OF_FILE'\n{text}END_OF_FILE"
