"""Commands whose output is closed, full or not read: no traceback, and the exit code of what they did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from tests.cli.session.scripted_endpoint import PRICE, Answer, Refusal, scripted

HARNESS = f"{sys.executable} -m harness"
CLOSED = {"closed": "{} >&-", "all closed": "{} <&- >&- 2>&-", "not read": "{} | true; exit ${{PIPESTATUS[0]}}"}
FULL = "{} >/dev/full"


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("how", CLOSED)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("--help", EXIT_OK),
        pytest.param("models", EXIT_OK, marks=pytest.mark.slow),
        pytest.param("modles", EXIT_USAGE, marks=pytest.mark.slow),
    ],
)
def test_command_nobody_listens_to_has_its_own_exit_code(command: str, code: int, how: str, tmp_path: Path) -> None:
    done = shell(CLOSED[how].format(f"{HARNESS} {command}"), tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["models", "--version"])
def test_full_output_is_said_and_no_success(command: str, tmp_path: Path) -> None:
    done = shell(FULL.format(f"{HARNESS} {command}"), tmp_path)
    assert done.returncode == EXIT_USAGE
    assert done.stderr == "harness: cannot write the output: No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["closed", "not read", "full"])
def test_run_goes_on_to_its_end_whoever_listens(how: str, tmp_path: Path) -> None:
    forbidden = Refusal(status=400, error={"message": "no"})
    with scripted(m=lambda number: forbidden if number == 3 else Answer()) as endpoint:
        (tmp_path / "providers.yaml").write_text(
            f"providers: {{odd: {{base_url: '{endpoint.url}', dialect: generic, models: "
            f"{{m: {{stream: false, price: {PRICE}}}}}}}}}"
        )
        rows = ({"id": f"s{n}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(6))
        (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        command = f"{HARNESS} run sums.jsonl --grader math -m odd/m --name r"
        done = shell({**CLOSED, "full": FULL}[how].format(command), tmp_path)
    assert done.returncode == EXIT_INCOMPLETE  # one job failed
    assert len(endpoint.asked["m"]) == 6
    assert "Traceback" not in done.stderr
    assert ("cannot write the output" in done.stderr) is (how == "full")
    assert (tmp_path / "results/r/grades.jsonl").exists()
