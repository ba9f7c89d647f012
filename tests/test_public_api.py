"""The names that users may import. A name that leaves one of these lists breaks their code: say so in CHANGELOG.md."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import harness

PUBLIC = {
    "harness": """
        Comparison ConfidenceInterval Cost CostUnknown Grade HarnessError Run Sample Source Task Usage Verdict
        __version__ compare evaluate evaluate_async load
    """,
    "harness.tasks": """
        CLASS FUNCTION FUNCTION_ZH MATH MATH_ZH PROGRAM VALUE VALUE_ZH
        Sample Source Task
        after_marker assert_tests_sample asserts_target before_definition boxed_reference cases_target code_block_prompt
        completion_prompt completion_sample content_id contest_sample difficulty_of_level fresh_rows last_boxed
        number_text olymmath_sample read_cases repository_sample swe_bench_sample text_field text_list tools_field
        with_instruction without_sentence
    """,
    "harness.testing": """
        MockConfig MockProcess RunningMock assert_accuracy assert_latency assert_usd price_of running_mock simulated
    """,
}
SLOW = ("aiohttp", "datasets", "numpy", "openai", "pandas", "pyarrow", "pydantic", "rich", "scipy", "sympy", "yaml")


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_the_pinned_ones_and_exist(module: str) -> None:
    found = importlib.import_module(module)
    assert sorted(found.__all__) == sorted(PUBLIC[module].split())
    assert all(getattr(found, name) is not None for name in found.__all__)


@pytest.mark.parametrize("module", PUBLIC)
def test_docs_name_every_public_name(module: str, root: Path) -> None:
    page = (root / "docs" / "python.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", page))
    assert set(PUBLIC[module].split()) <= words


def test_unknown_name_is_an_attribute_error_that_lists_the_names() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Tsk'; public names: .*Task"):
        harness.Tsk  # noqa: B018


@pytest.mark.parametrize("module", ["harness", "harness.tasks"])
def test_import_loads_no_large_package(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({SLOW!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_import_loads_few_modules() -> None:
    """Some 30 of the standard library's, which take 15 ms; a client or numpy alone would bring hundreds."""
    code = "import sys; before = len(sys.modules); import harness; print(len(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60


def test_types_are_marked_for_type_checkers() -> None:
    assert Path(harness.__file__).with_name("py.typed").is_file()


def test_shipped_tasks_import_public_names_only(root: Path) -> None:
    modules = {
        found
        for path in (root / "tasks").glob("*.py")
        for found in re.findall(r"^(?:from|import) (harness[\w.]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    # The problems of BigCodeBench that are not graded are the grader's to know.
    assert modules <= {"harness", "harness.tasks", "harness.grading.code.excluded"}
