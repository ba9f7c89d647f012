"""The escape corpus as an agent's commands: each program runs in a command sandbox, and nothing gets out of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = """\
import json, sys
from harness.core.errors import SandboxUnavailable
from harness.grading.sandbox.commands.shell import CommandSandbox, CommandSandboxEnded, command_backend

program, tests, out, seconds = sys.argv[1:]
asked = json.load(open(tests))
verdict = "pass"
for case in asked["cases"]:
    main = f"import json; from program import {asked['entry']} as f; print('\\\\n' + json.dumps(f(*{case['args']!r})))"
    with CommandSandbox(command_backend()) as shell:
        shell.write({"program.py": open(program, "rb").read(), "main.py": main.encode()})
        try:
            done = shell.run("python main.py", seconds=float(seconds))
            answer = json.loads(done.output.strip().splitlines()[-1]) if done.returncode == 0 else None
        except (CommandSandboxEnded, ValueError, IndexError, RecursionError):
            answer = None
        if answer != case["expected"] or isinstance(answer, bool):
            verdict = "fail"
            break
json.dump({"verdict": verdict}, open(out, "w"))
"""


@pytest.mark.slow(120)
@pytest.mark.shared("escape-corpus")
def test_programs_run_as_commands_touch_nothing_outside(root: Path, shared: Path, tmp_path: Path) -> None:
    runner, result = tmp_path / "runner.py", tmp_path / "result.json"
    runner.write_text(RUNNER)
    template = f"{sys.executable} {runner} {{file}} {{tests}} {{out}} 3"
    scorer = [str(shared / "tools/escape_score.py"), "--corpus", str(shared / "escape-corpus"), "--json", str(result)]
    done = subprocess.run(
        [sys.executable, *scorer, "--timeout", "6", template],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path]), "HOME": "/tmp"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.exists(), done.stdout + done.stderr
    rows = json.loads(result.read_text())["rows"]
    assert len(rows) == 92
    assert {row["id"]: row["faults"] for row in rows if not row["contained"]} == {}
