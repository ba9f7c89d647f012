"""cruxeval: a row of the published format becomes a prompt and a target that the literal grader rules on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.grading.code.case_specs import CallCase, CallTests
from harness.grading.code.runner import CodeRunner
from harness.grading.literal.parse import literal
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import choose_backend
from harness.mock.answers import answer_text
from harness.tasks.load import load_file, load_task

# composed here; the outputs follow from the functions
ROWS = [
    {"id": "sample_0", "code": "def f(a, b):\n    return (b, a)", "input": "'x', [1]", "output": "([1], 'x')"},
    {"id": "sample_1", "code": "def f(s):\n    return s * 2", "input": "'ab'", "output": "'abab'"},
    {"id": "sample_2", "code": "def f(n):\n    return {n: n > 1}", "input": "3", "output": "{3: True}"},
    {"id": "sample_3", "code": "def f():\n    return []", "input": "", "output": "[]"},
]


@pytest.fixture
def samples(tmp_path: Path) -> tuple[Sample, ...]:
    (tmp_path / "cruxeval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return load_task("cruxeval", cwd=tmp_path, data_dir=tmp_path, accept_changed_data=True).samples


def test_the_prompt_shows_function_and_call_and_never_the_value(samples: tuple[Sample, ...]) -> None:
    first = samples[0]
    assert first.id == "cruxeval-0"
    assert "def f(a, b):\n    return (b, a)\n```" in first.prompt
    assert "```python\nf('x', [1])\n```" in first.prompt
    assert first.prompt.endswith("between [ANSWER] and [/ANSWER].")
    assert first.target == "([1], 'x')"
    assert all(sample.target not in sample.prompt for sample in samples[:3])


def test_simulated_answers_are_graded_as_they_are_meant(samples: tuple[Sample, ...]) -> None:
    grader = make_grader("literal", GraderOptions())
    for sample in samples:
        for is_correct, verdict in ((True, Verdict.CORRECT), (False, Verdict.WRONG)):
            text = answer_text(sample, is_correct=is_correct, tokens=30, text_seed=1)
            assert grader.grade(sample, text, is_truncated=False).verdict is verdict, text


def test_an_own_file_for_the_literal_grader_is_asked_for_the_form(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text('{"prompt": "What is sorted(\'ba\')?", "answer": "[\'a\', \'b\']"}\n')
    (sample,) = load_file(path, grader="literal").samples
    assert "[ANSWER]" in sample.prompt


@pytest.mark.slow
@pytest.mark.shared("data/benchmarks")
def test_every_published_output_is_what_the_function_returns(shared: Path) -> None:
    runner = CodeRunner(choose_backend().backend)
    failed = {}
    try:
        for sample in load_task("cruxeval", cwd=Path("/"), data_dir=shared / "data" / "benchmarks").samples:
            code, call = re.findall(r"```python\n(.*?)\n```", sample.prompt, re.DOTALL)
            program = f"{code}\n\ndef asked():\n    return {call}\n"
            tests = CallTests(entry_point="asked", cases=(CallCase(args=(), expected=literal(sample.target)),))
            result = runner.run(program, tests, ResourceLimits(cpu_s=30.0))
            if result.verdict is not Verdict.CORRECT:
                failed[sample.id] = result.why
    finally:
        runner.close()
    assert failed == {}
