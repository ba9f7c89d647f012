"""The files for contributors name what exists: commands, folders, variables; CI runs the commands of the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from harness import __version__
from harness.cli.main import COMMANDS

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
    "docs/adding-a-task.md",
    "docs/architecture.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_of_the_repository_lead_somewhere(page: str, root: Path) -> None:
    text = (root / page).read_text()
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert [target for target in targets if target and not (root / page).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_commands_in_the_text_exist(page: str, root: Path) -> None:
    text = (root / page).read_text()
    paths = re.findall(r"`((?:harness|tests|tasks|docs|results|examples)/[\w./-]+)`", text)
    made_up = ("acme", "my_sums", "my.jsonl", "name.py", "/name/")
    assert [path for path in paths if not any(word in path for word in made_up) and not (root / path).exists()] == []
    typed = re.findall(r"(?:^    |`|&& |\| )harness ([a-z]+)", text, re.MULTILINE)
    assert [word for word in typed if word not in (*COMMANDS, "help")] == []


def test_modules_on_the_path_of_a_sample_exist(root: Path) -> None:
    text = (root / "docs/architecture.md").read_text()
    named = re.findall(r"`?\b((?:tasks|run|pricing|providers|store|report)(?:\.[a-z_]+)+)\b", text)
    named = [name for name in named if name != "providers.yaml"]
    assert len(named) >= 15
    found = [root.joinpath("harness", *name.split(".")) for name in named]
    assert [str(path) for path in found if not (path.is_dir() or path.with_suffix(".py").is_file())] == []


def test_make_targets_in_the_text_exist(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        typed = re.findall(r"(?:^    |`|and )make ([a-z]+)\b", (root / page).read_text(), re.MULTILINE)
        assert [word for word in typed if word not in targets] == [], page


def test_the_example_environment_names_every_key_of_the_shipped_providers(root: Path) -> None:
    wanted = set(re.findall(r"(?:api_key_env: |\$\{)([A-Z_]+)", (root / "providers.yaml").read_text()))
    named = set(re.findall(r"^# ([A-Z_]+)=", (root / ".env.example").read_text(), re.MULTILINE))
    # a port is set by nobody but who insists on one
    assert wanted - named == {"HARNESS_LOCAL_PORT"}, "each key of providers.yaml needs a line in .env.example"
    assert named - wanted == {"HARNESS_DATA_DIR"}


def test_the_citation_has_the_version_of_the_package(root: Path) -> None:
    assert yaml.safe_load((root / "CITATION.cff").read_text())["version"] == __version__


def test_the_workflow_runs_the_commands_of_the_readme(root: Path) -> None:
    jobs = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())["jobs"]
    runs = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    readme = (root / "README.md").read_text()
    for command in ("make demo", "make test", "make gate", "pip install ."):
        assert command in readme
        assert command in runs
