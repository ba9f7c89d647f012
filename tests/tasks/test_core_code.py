"""The shipped core-code problems: well-formed, agreed on by two implementations, and their calls reject the mistakes.

The programs run here are the project's own (references, second implementations, wrong solutions), so no sandbox is
needed. Not here: how answers of models are run (tests/grading).
"""

from __future__ import annotations

import ast
import copy
import json
import math
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.tasks.load import load_task
from tests.cases import all_cases
from tests.tasks.core_code_second import easy, hard, medium, templates

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "tasks" / "data" / "core-code.jsonl"
WRONG = Path(__file__).with_name("core_code_wrong.jsonl")
SECOND = (easy, medium, hard, templates)
PATIENCE_S = 5.0

# What a wrong solution may raise; anything else is a fault of the test data and fails the test.
RAISED = (ArithmeticError, AssertionError, LookupError, NameError, RecursionError, TimeoutError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call: its arguments and what must come back, decoded."""

    args: list[object]
    expected: object
    tolerance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One row of the shipped file."""

    id: str
    entry_point: str
    prompt: str
    tier: str
    reference: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One plausible wrong solution."""

    id: str
    mistake: str
    code: str


def decoded(value: object) -> object:
    """The Python value of tagged plain data."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag, held = value["#"], value["v"]
    match tag:
        case "bytes":
            return bytes.fromhex(held)
        case "dict":
            return {decoded(key): decoded(item) for key, item in held}
        case "tuple" | "set" | "frozenset":
            kind: Callable[[list[object]], object] = {"tuple": tuple, "set": set, "frozenset": frozenset}[tag]
            return kind([decoded(item) for item in held])
    raise ValueError(f"unknown tag {tag!r}")


@cache
def problems() -> dict[str, Problem]:
    rows = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: problem_of(row) for row in rows}


def problem_of(row: Mapping[str, object]) -> Problem:
    cases = row["cases"]
    assert isinstance(cases, list)
    return Problem(
        id=str(row["id"]),
        entry_point=str(row["entry_point"]),
        prompt=str(row["prompt"]),
        tier=str(row["tier"]),
        reference=str(row["reference"]),
        cases=tuple(
            Case(
                args=[decoded(argument) for argument in case["args"]],
                expected=decoded(case["expected"]),
                tolerance=case.get("tolerance"),
            )
            for case in cases
        ),
    )


@cache
def mistakes() -> tuple[Mistake, ...]:
    return tuple(Mistake(**json.loads(line)) for line in WRONG.read_text(encoding="utf-8").splitlines())


def same(found: object, expected: object, tolerance: float | None = None) -> bool:
    """Equal with types, at every depth; floats within the tolerance where there is one."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        pairs = zip(found, expected, strict=False)
        return len(found) == len(expected) and all(same(one, other, tolerance) for one, other in pairs)
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key], tolerance) for key in found)
    if tolerance is not None and isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=0.0, abs_tol=tolerance)
    return found == expected


def function_in(code: str, entry_point: str) -> Callable[..., object]:
    namespace: dict[str, object] = {"__name__": "solution"}
    exec(compile(code, entry_point, "exec"), namespace)
    function = namespace[entry_point]
    assert callable(function)
    return function


@contextmanager
def bounded() -> Iterator[None]:
    """A wrong solution that never ends is ended by an alarm, as TimeoutError."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def passes(function: Callable[..., object], case: Case) -> bool:
    """Whether the call gives what is expected; an exception is a no."""
    try:
        with bounded():
            found = function(*copy.deepcopy(case.args))
    except (
        ArithmeticError,
        AssertionError,
        LookupError,
        NameError,
        RecursionError,
        TypeError,
        ValueError,
        TimeoutError,
    ):
        return False
    return same(found, case.expected, case.tolerance)


def second_implementation(entry_point: str) -> Callable[..., object]:
    found = [vars(module)[entry_point] for module in SECOND if entry_point in vars(module)]
    assert len(found) == 1, f"{entry_point} needs exactly one second implementation, found {len(found)}"
    function: Callable[..., object] = found[0]
    return function


def samples() -> tuple[Sample, ...]:
    return load_task("core-code", tasks_dir=ROOT / "tasks", cwd=ROOT, data_dir=None).samples


IDS = sorted(problems())


def test_set_has_at_least_fifteen_problems_of_each_tier_and_no_name_twice() -> None:
    tiers = Counter(problem.tier for problem in problems().values())
    assert sorted(tiers) == ["easy", "hard", "medium"]
    assert min(tiers.values()) >= 15
    assert len({problem.entry_point for problem in problems().values()}) == len(IDS)
    numbered = [f"core-code-{number:03d}" for number in range(1, len(IDS) + 1)]
    assert numbered == IDS


def test_every_problem_has_ten_calls_and_no_call_twice() -> None:
    for problem in problems().values():
        calls = [repr(case.args) for case in problem.cases]
        assert len(calls) >= 10, problem.entry_point
        assert len(set(calls)) == len(calls), problem.entry_point


def test_every_problem_has_two_wrong_solutions_that_differ() -> None:
    counts = Counter(mistake.id for mistake in mistakes())
    assert [id_ for id_ in IDS if counts[id_] < 2] == []
    assert len({(mistake.id, mistake.code) for mistake in mistakes()}) == len(mistakes())


@all_cases("id_", IDS)
def test_reference_meets_every_call_and_leaves_its_arguments_alone(id_: str) -> None:
    problem = problems()[id_]
    function = function_in(problem.reference, problem.entry_point)
    for case in problem.cases:
        args = copy.deepcopy(case.args)
        assert same(function(*args), case.expected, case.tolerance), case
        assert same(args, case.args), f"{problem.entry_point} changed its arguments: {case.args} became {args}"


@all_cases("id_", IDS)
def test_second_implementation_agrees_on_every_call(id_: str) -> None:
    problem = problems()[id_]
    function = second_implementation(problem.entry_point)
    disagreeing = [case for case in problem.cases if not passes(function, case)]
    assert disagreeing == []


@all_cases("id_", IDS)
def test_calls_reject_every_wrong_solution(id_: str) -> None:
    problem = problems()[id_]
    for mistake in (mistake for mistake in mistakes() if mistake.id == id_):
        function = function_in(mistake.code, problem.entry_point)
        assert not all(passes(function, case) for case in problem.cases), mistake.mistake


def test_two_wrong_solutions_of_every_problem_are_right_on_some_call() -> None:
    plausible: Counter[str] = Counter()
    for mistake in mistakes():
        problem = problems()[mistake.id]
        function = function_in(mistake.code, problem.entry_point)
        plausible[mistake.id] += any(passes(function, case) for case in problem.cases)
    assert [id_ for id_ in IDS if plausible[id_] < 2] == []


@all_cases("id_", IDS)
def test_examples_in_the_prompt_hold_and_are_among_the_calls(id_: str) -> None:
    problem = problems()[id_]
    function = function_in(problem.reference, problem.entry_point)
    examples = problem.prompt.partition("\nExamples:\n\n")[2].splitlines()
    assert len(examples) >= 2
    for example in examples:
        node = ast.parse(example.strip(), mode="eval").body
        assert isinstance(node, ast.Compare), example
        assert isinstance(node.left, ast.Call), example
        args = [eval(compile(ast.Expression(argument), "argument", "eval"), {}) for argument in node.left.args]
        shown = eval(compile(ast.Expression(node.comparators[0]), "shown", "eval"), {})
        assert same(function(*copy.deepcopy(args)), shown), example
        assert any(same(args, case.args) for case in problem.cases), example


def test_references_are_written_in_python_3_8() -> None:
    for problem in problems().values():
        tree = ast.parse(problem.reference, feature_version=(3, 8))
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert problem.entry_point in defined


def test_task_loads_with_its_pinned_hash_and_gives_tagged_samples() -> None:
    loaded = load_task("core-code", tasks_dir=ROOT / "tasks", cwd=ROOT, data_dir=None)
    assert loaded.task.content_hash == loaded.content_hash
    assert [sample.id for sample in loaded.samples] == IDS
    for sample in loaded.samples:
        problem = problems()[sample.id]
        target = json.loads(sample.target)
        assert (target["kind"], target["entry_point"]) == ("calls", problem.entry_point)
        assert len(target["cases"]) == len(problem.cases)
        assert sample.tags["difficulty"] == problem.tier
        assert sample.tags["topic"]
        assert sample.reference == f"```python\n{problem.reference}```"
        assert f"`{problem.entry_point}(" in sample.prompt


@pytest.mark.parametrize("cases", [[], "f(1) == 2"])
def test_row_without_calls_is_refused_by_name(cases: object) -> None:
    task = load_task("core-code", tasks_dir=ROOT / "tasks", cwd=ROOT, data_dir=None).task
    row = {
        "id": "mine-1",
        "entry_point": "f",
        "prompt": "p",
        "tier": "easy",
        "topic": "t",
        "reference": "",
        "cases": cases,
    }
    with pytest.raises(ValueError, match="mine-1"):
        task.to_sample(row, 0)


def test_first_samples_of_a_limited_run_cover_all_tiers() -> None:
    assert {sample.tags["difficulty"] for sample in samples()[:3]} == {"easy", "medium", "hard"}


@pytest.mark.slow
def test_grader_rules_references_correct_and_wrong_solutions_wrong() -> None:
    by_id = {sample.id: sample for sample in samples()}
    grader = make_grader("code", GraderOptions())
    try:
        misjudged: list[tuple[str, str, Verdict, str]] = []
        for sample in by_id.values():
            assert sample.reference is not None
            grade = grader.grade(sample, sample.reference, is_truncated=False)
            if grade.verdict is not Verdict.CORRECT:
                misjudged.append((sample.id, "reference", grade.verdict, grade.why))
        for mistake in mistakes():
            text = f"```python\n{mistake.code}```"
            grade = grader.grade(by_id[mistake.id], text, is_truncated=False)
            if grade.verdict is not Verdict.WRONG:
                misjudged.append((mistake.id, mistake.mistake, grade.verdict, grade.why))
        assert misjudged == []
    finally:
        grader.close()
