"""Every shipped task file: well-formed by itself, and on the real published files the samples that it pins."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.tasks.folders import import_task, shipped_dir, task_files
from harness.tasks.load import content_hash, load_task
from tests.cases import all_cases

FILES = task_files(None, Path("/"))
UNPINNED = {
    "livecodebench",  # grows by releases, and its tests are not at hand: tests/tasks/test_livecodebench.py
    "swe-bench-verified",  # its rows are not at hand: tests/tasks/test_swe_bench.py
}
GENERATED = [name for name, path in FILES.items() if import_task(path).generate is not None]
FROM_FOLDER = [
    name
    for name, path in FILES.items()
    if import_task(path).source.shipped is None and name not in {*UNPINNED, *GENERATED}
]
BENCHMARKS = pytest.mark.shared("data/benchmarks")

SIZES = {  # rows of the official sets: HumanEval 164, MBPP test 500, GSM8K test 1,319, MATH-500 500, two AIME papers 30
    "aime-2024": 30,
    "aime-2025": 30,
    "amc-2023": 40,
    "bigcodebench-hard": 127,
    "cmath": 1098,
    "cruxeval": 800,
    "gsm8k": 1319,
    "hmmt-feb-2025": 30,
    "humaneval": 164,
    "humaneval-plus": 164,
    "math-500": 500,
    "math-perturb": 279,
    "mbpp": 500,
    "mbpp-plus": 378,
    "mbpp-sanitized": 257,
    "mgsm-zh": 250,
    "minerva": 272,
    "olymmath-en-easy": 100,
    "olymmath-en-hard": 100,
    "olymmath-zh-easy": 100,
    "olymmath-zh-hard": 100,
    "olympiadbench": 675,
}


@all_cases("name", FILES)
def test_every_shipped_task_is_complete(name: str) -> None:
    task = import_task(FILES[name])
    assert task.name == name
    assert task.grader in {"math", "code", "literal", "tool_calls", "repository", "swe_bench"}
    assert task.summary
    assert task.source.title
    assert task.source.licence
    assert task.source.files or task.source.shipped or task.generate
    assert task.source.revision is None


@all_cases("name", [*FROM_FOLDER, *GENERATED])
def test_every_set_that_is_not_shipped_is_pinned(name: str) -> None:
    pin = import_task(FILES[name]).content_hash
    assert pin is not None, "run the task once and copy content_hash from the run's manifest.json"
    assert len(pin.removeprefix("sha256:")) == 64


def test_the_folder_of_shipped_tasks_is_the_one_of_the_checkout(root: Path) -> None:
    assert shipped_dir() == root / "tasks"


@BENCHMARKS
@pytest.mark.parametrize("name", FROM_FOLDER)
def test_published_files_meet_the_pins(name: str, shared: Path) -> None:
    loaded = load_task(name, cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
    assert loaded.accepted_change is None
    assert len(loaded.samples) == SIZES[name]
    assert content_hash(reversed(loaded.samples)) == loaded.task.content_hash
    assert all(sample.reference and sample.prompt not in sample.reference for sample in loaded.samples)


@BENCHMARKS
def test_one_changed_digit_of_one_answer_is_noticed(shared: Path, tmp_path: Path) -> None:
    text = (shared / "data" / "benchmarks" / "aime2024.jsonl").read_text()
    (tmp_path / "aime2024.jsonl").write_text(text.replace('"answer": 204', '"answer": 205'))
    loaded = load_task("aime-2024", cwd=tmp_path, data_dir=tmp_path, accept_changed_data=True)
    assert loaded.accepted_change is not None


@BENCHMARKS
@pytest.mark.parametrize("name", [n for n in FROM_FOLDER if import_task(FILES[n]).grader == "math"])
def test_math_prompts_ask_for_the_box_once_and_say_nothing_else(name: str, shared: Path) -> None:
    loaded = load_task(name, cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
    assert all("\\boxed{}" in sample.prompt.rpartition("\n\n")[2] for sample in loaded.samples)
    assert not any("Please reason step by step" in sample.prompt for sample in loaded.samples)
    assert not any("$" in sample.target.replace("\\$", "") for sample in loaded.samples)  # an amount is `\$5`


@BENCHMARKS
@pytest.mark.parametrize("name", ["gsm8k", "aime-2024", "aime-2025", "amc-2023", "mgsm-zh"])
def test_whole_number_answers_are_plain_digits(name: str, shared: Path) -> None:
    loaded = load_task(name, cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
    assert all(str(int(sample.target)) == sample.target for sample in loaded.samples)


@BENCHMARKS
@pytest.mark.parametrize("name", [n for n in FROM_FOLDER if import_task(FILES[n]).grader == "code"])
def test_code_targets_are_python_that_names_the_entry_point(name: str, shared: Path) -> None:
    for sample in load_task(name, cwd=Path("/"), data_dir=shared / "data" / "benchmarks").samples:
        target = json.loads(sample.target)
        assert set(target) == {"kind", "entry_point", "setup", "tests", "prelude"}
        assert target["kind"] in ("asserts", "unittests")
        if name in {"humaneval", "mbpp", "mbpp-sanitized"}:  # the plus sets' tests are long: their names are enough
            ast.parse(f"{target['prelude']}\n{target['setup']}\n{target['tests']}")
        assert target["entry_point"] in target["tests"]
        assert f"def {target['entry_point']}(" in str(sample.reference).replace(" (", "(")


@BENCHMARKS
def test_mbpp_is_the_test_split(shared: Path) -> None:
    loaded = load_task("mbpp", cwd=Path("/"), data_dir=shared / "data" / "benchmarks")
    numbers = [int(sample.id.removeprefix("mbpp-")) for sample in loaded.samples]
    assert (min(numbers), max(numbers), len(numbers)) == (11, 510, 500)


def test_an_installed_wheel_finds_its_tasks_in_the_package(root: Path, tmp_path: Path) -> None:
    # laid out as hatch's force-include does: tasks/ at the top becomes harness/shipped/tasks
    for part in ("__init__.py", "core", "tasks"):
        source, target = root / "harness" / part, tmp_path / "site" / "harness" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    shutil.copytree(root / "tasks", tmp_path / "site" / "harness" / "shipped" / "tasks")
    program = (
        "from pathlib import Path; from harness.tasks.load import load_task; "
        "print(len(load_task('core-math', cwd=Path.cwd(), data_dir=None).samples))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("77\n", "")


def test_loading_a_task_imports_no_heavy_package(root: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from harness.tasks.load import load_task; "
        "load_task('core-math', cwd=Path.cwd(), data_dir=None); "
        "print(sorted({'datasets', 'pyarrow', 'numpy', 'sympy', 'openai', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
