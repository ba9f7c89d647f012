"""Simulated tool calls: in every dialect the harness's own client and grader find what the mock's ledger says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from harness.core.types import Completion, FinishReason, Grade, SamplingParams, Timing, Verdict
from harness.grading.base import GraderOptions, grade_completion, make_grader
from harness.mock.testing import running_mock, simulated
from harness.mock.tool_answers import tool_answer
from harness.tasks.load import load_task
from tests.cases import all_cases
from tests.mock.asking import ask
from tests.mock.dialects import request_for
from tests.providers.calling import calling, job, one_attempt

SAMPLES = load_task("tool-calls", cwd=Path("/"), data_dir=None).samples[:10]
GRADER = make_grader("tool_calls", GraderOptions())
DIALECTS = ["openai", "openai_responses", "anthropic_messages", "gemini_compat", "minimax", "together", "ollama"]
FAULTS = {"broken_json": 0.2, "wrong_tool": 0.2, "call_in_text": 0.2, "wrong_stop_reason": 0.2}


def answers(dialect: str, *, stream: bool, **simulation: object) -> list[tuple[Completion, Grade, bool]]:
    """Each sample's completion, its grade, and whether the mock says that it is correct."""

    async def run() -> list[tuple[Completion, Grade, bool]]:
        found = []
        async with running_mock([simulated(**simulation)], SAMPLES) as mock, calling() as caller:  # type: ignore[arg-type]
            wanted = job(mock.base_url(dialect), dialect=dialect, stream=stream)
            for sample in SAMPLES:
                one = replace(wanted, sample=sample, params=SamplingParams(max_tokens=4000))
                completion = await one_attempt(caller, one)
                assert isinstance(completion, Completion), completion
                grade = grade_completion(GRADER, sample, completion)
                found.append((completion, grade, mock.ledger.entries()[-1].is_correct))
        return found

    return asyncio.run(run())


@all_cases("dialect", DIALECTS)
@all_cases("stream", [True, False])
def test_grades_are_what_the_mock_answered(dialect: str, stream: bool) -> None:
    found = answers(dialect, stream=stream, accuracy=0.7, tool_faults=FAULTS, reasoning_share=0.2, seed=5)
    assert [(grade.verdict is Verdict.CORRECT) == truth for _, grade, truth in found] == [True] * len(found)
    assert {True, False} <= {truth for _, _, truth in found}


def test_a_request_that_leaves_the_tools_out_gets_no_calls() -> None:
    async def run() -> None:
        async with running_mock([simulated(accuracy=1.0)], SAMPLES) as mock:
            for sample in SAMPLES[:3]:
                body = {**request_for("openai", stream=False), "messages": [{"role": "user", "content": sample.prompt}]}
                assert b"tool_calls" not in (await ask(mock.url, body)).body
                assert mock.ledger.entries()[-1].is_correct == (sample.tags["category"] == "none")

    asyncio.run(run())


@all_cases("dialect", DIALECTS)
def test_a_model_without_faults_calls_right_in_every_dialect(dialect: str) -> None:
    for completion, grade, _ in answers(dialect, stream=True, accuracy=1.0):
        assert grade.verdict is Verdict.CORRECT
        assert grade.findings is not None
        assert all(grade.findings.values())
        assert completion.timing.ttft_s is not None


def shares(**faults: float) -> dict[str, set[bool]]:
    """What each finding said of the answers with calls."""
    said: dict[str, set[bool]] = {}
    for sample, (_, grade, _) in zip(
        SAMPLES, answers("openai", stream=True, accuracy=1.0, tool_faults=faults), strict=True
    ):
        for name, held in (grade.findings or {}).items() if sample.tags["category"] != "none" else ():
            said.setdefault(name, set()).add(held)
    return said


@all_cases(
    ("fault", "finding"),
    [
        ("broken_json", "valid_json"),
        ("wrong_tool", "right_tool"),
        ("call_in_text", "right_tool"),
        ("wrong_stop_reason", "stop_reason"),
    ],
)
def test_each_fault_is_found_under_its_name(fault: str, finding: str) -> None:
    said = shares(**{fault: 1.0})
    assert said[finding] == {False}
    assert all(held == {True} for name, held in said.items() if name not in (finding, "schema"))


def test_a_refusal_is_never_right() -> None:
    found = answers("openai", stream=True, accuracy=1.0, refuse=0.5)
    assert {(grade.verdict, truth) for _, grade, truth in found} == {(Verdict.REFUSED, False), (Verdict.CORRECT, True)}


def test_a_truncated_answer_ends_in_the_middle_of_its_call() -> None:
    found = answers("anthropic_messages", stream=True, accuracy=1.0, truncate=1.0)
    assert {completion.finish_reason for completion, _, _ in found} == {FinishReason.LENGTH}
    assert {grade.verdict for _, grade, _ in found} <= {Verdict.TRUNCATED, Verdict.CORRECT}


def test_a_wrong_answer_is_wrong_whatever_the_seed() -> None:
    for sample in SAMPLES:
        for seed in range(8):
            made = tool_answer(sample, is_correct=False, fault=None, text_seed=seed)
            answer = Completion(
                text=made.text,
                reasoning="",
                finish_reason=FinishReason.STOP,
                timing=Timing(),
                tool_calls=made.calls or None,
            )
            assert grade_completion(GRADER, sample, answer).verdict is Verdict.WRONG, (sample.id, made)


def test_tools_for_a_prompt_of_no_task_are_refused() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]

    async def run() -> str:
        async with running_mock([simulated()], SAMPLES) as mock:
            answer = await ask(mock.url, {**request_for("openai", stream=False), "tools": tools})
            assert answer.status == 400
            return str(answer.body)

    assert "does not simulate tools" in asyncio.run(run())
