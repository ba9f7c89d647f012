"""What docs/ci.md, action.yml and examples/ci promise, run for real with the project installed from its wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = "id,question,answer\na,What is 2 + 3?,5\nb,What is 7 + 8?,15\nc,What is 9 - 14?,-5\n"
RUN = "questions.csv --grader numeric -m sim/cheap-verbose"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel; what it depends on comes from that of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", str(ROOT), *options], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    (site,) = folder.glob("venv/lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (wheel,) = folder.glob("*.whl")
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, capture_output=True)
    return python.parent


def shell(script: str, folder: Path, installed: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder outside the repository, as GitHub runs `shell: bash`."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY") and name != "PYTHONPATH"}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": f"{installed}{os.pathsep}{os.environ['PATH']}", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_commands_of_the_page_run_in_an_empty_folder(tmp_path: Path, installed: Path) -> None:
    page = (ROOT / "docs/ci.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    where = shell("python -c 'import harness; print(harness.__file__)'", tmp_path, installed)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    ran = shell("\n".join(blocks), tmp_path, installed)
    assert ran.returncode == EXIT_OK, ran.stdout + ran.stderr
    for said in (
        "baseline: baseline.json written: 1 row, 4 samples",
        "-How many legs do three spiders have?\n  +How many legs do four spiders have?",
        f"exit code {EXIT_INCOMPLETE}",
        "baseline: baseline.json replaced",
    ):
        assert said in ran.stdout
    assert ran.stdout.count("1 passed") == 2


@pytest.mark.slow
def test_wheel_holds_facts_tasks_and_providers(tmp_path: Path, installed: Path) -> None:
    ran = shell(
        "harness tasks; harness models; harness prices check; harness claims --search price", tmp_path, installed
    )
    assert ran.returncode == EXIT_OK, ran.stderr
    assert "core-math" in ran.stdout
    assert "openai/gpt-5" in ran.stdout


# The action


@dataclass(frozen=True, kw_only=True)
class Action:
    """The steps of action.yml, run one after the other as a runner does."""

    folder: Path
    installed: Path

    def __call__(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the steps with those inputs until one fails; returns the last one."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        given = {name: spec.get("default", "") for name, spec in action["inputs"].items()} | inputs
        runner = {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "PIP_NO_DEPS": "1",  # what it depends on is there
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's reading of the variable: 0 switches isolation off
        }
        for step in (one for one in action["runs"]["steps"] if "run" in one):
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]
            ran = shell(step["run"], self.folder, self.installed, **runner, **_filled(step.get("env", {}), given))
            if ran.returncode:
                return ran
        return ran


def _filled(environ: Mapping[str, str], inputs: Mapping[str, str]) -> dict[str, str]:
    return {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)
        for name, text in environ.items()
    }


@pytest.fixture
def action(tmp_path: Path, installed: Path) -> Action:
    (tmp_path / "questions.csv").write_text(QUESTIONS)
    first = f"harness run {RUN} --name first --quiet && harness baseline update results/first baseline.json"
    assert shell(first, tmp_path, installed).returncode == EXIT_OK
    return Action(folder=tmp_path, installed=installed)


@pytest.mark.slow
def test_action_passes_with_the_same_run_and_fails_with_a_limit(action: Action) -> None:
    ran = action(run=RUN, baseline="baseline.json", name="same")
    assert ran.returncode == EXIT_OK, ran.stdout + ran.stderr
    ran = action(
        run=RUN, baseline="baseline.json", name="limited", gate="--max-usd-per-correct 0.0000001", junit="j.xml"
    )
    assert ran.returncode == EXIT_CHECK_FAILED, ran.stdout + ran.stderr
    assert (action.folder / "output").read_text() == "exit-code=0\nexit-code=1\n"
    summary = (action.folder / "summary.md").read_text()
    assert summary.startswith("# gate of same against first")
    assert "# gate of limited against first" in summary
    assert ElementTree.parse(action.folder / "j.xml").getroot().get("failures") == "1"


@pytest.mark.slow
def test_action_splits_quoted_arguments_and_runs_nothing_in_them(action: Action) -> None:
    (action.folder / "my questions.csv").write_text(QUESTIONS)
    ran = action(
        run="'my questions.csv' --grader numeric -m sim/cheap-verbose --system 'Say $(touch run-by-shell) `touch too`'",
        gate="--min-accuracy 0",
    )
    assert ran.returncode == EXIT_OK, ran.stdout + ran.stderr
    assert not [name for name in ("run-by-shell", "too") if (action.folder / name).exists()]


@pytest.mark.slow
def test_action_stops_at_a_run_that_cannot_start(action: Action) -> None:
    ran = action(run="no-such-task -m sim/cheap-verbose", baseline="baseline.json")
    assert ran.returncode == EXIT_USAGE
    assert "no-such-task" in ran.stderr
    assert not (action.folder / "output").exists()


# Other recipes


def test_every_input_of_the_action_is_used_and_documented() -> None:
    text = (ROOT / "action.yml").read_text()
    page = (ROOT / "docs/ci.md").read_text()
    for name, spec in yaml.safe_load(text)["inputs"].items():
        assert spec["description"]
        assert f"${{{{ inputs.{name} }}}}" in text
        assert f"`{name}`" in page
    workflow = yaml.safe_load((ROOT / "examples/ci/github.yml").read_text())
    (used,) = [step for step in workflow["jobs"]["gate"]["steps"] if "harness" in step["uses"]]
    assert set(used["with"]) <= set(yaml.safe_load(text)["inputs"])


@pytest.mark.slow
def test_script_of_the_gitlab_job_runs(tmp_path: Path, installed: Path) -> None:
    job: dict[str, Any] = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())["evaluation"]
    install, *commands = job["script"]
    assert install.startswith("pip install")
    (tmp_path / "questions.csv").write_text(QUESTIONS)
    once = ["harness run " + RUN + " --name first --quiet", "harness baseline update results/first baseline.json"]
    ran = shell("\n".join([*once, *commands]), tmp_path, installed)
    assert ran.returncode == EXIT_OK, ran.stdout + ran.stderr
    assert (tmp_path / job["artifacts"]["reports"]["junit"]).is_file()
    assert [(tmp_path / name).is_file() for name in job["artifacts"]["paths"]] == [True]


def test_shell_file_says_what_it_takes(tmp_path: Path) -> None:
    ran = subprocess.run([ROOT / "examples/ci/gate.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == EXIT_USAGE
    assert ran.stderr.startswith("usage: gate.sh BASELINE TASK...")


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of a Containerfile, with continued lines joined and comments left out."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def test_containerfile_keeps_the_rules_of_hadolint() -> None:
    found = instructions((ROOT / "examples/ci/Containerfile").read_text())
    names = [name for name, _ in found]
    assert set(names) <= {"FROM", "COPY", "RUN", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}  # no ADD (DL3020)
    arguments = dict(found)
    assert re.fullmatch(r"[\w./-]+:(?!latest)[\w.-]+", arguments["FROM"])  # DL3006, DL3007
    assert "--no-cache-dir" in arguments["RUN"]  # DL3042
    assert names.count("RUN") == 1  # DL3059
    assert arguments["USER"] not in ("root", "0")  # DL3002
    assert names.index("USER") > names.index("RUN")
    assert arguments["WORKDIR"].startswith("/")  # DL3000
    assert all(arguments[name].startswith("[") for name in ("ENTRYPOINT", "CMD"))  # DL3025
    checked = subprocess.run(["bash", "-n", "-c", arguments["RUN"]], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
