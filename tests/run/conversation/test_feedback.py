"""Feedback rounds: what a failed answer is sent back with, how the rounds end, what they cost, how they resume."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.conversations import feedback_rules
from harness.core.prices import Cost
from harness.core.types import Completion, Failure, FailureKind, Grade, Sample, Timing, Verdict
from harness.pricing.attempts import cost_of_attempt
from harness.report.run_data.load import RunData
from harness.run.conversation.feedback import MAX_OUTPUT_BYTES, feedback_text, shortened
from harness.run.execution.grade_pool import GradeRequest
from harness.store.call_log import call_lines, calls
from harness.store.codec import OutcomeLine, SentLine, encode
from tests.run.execution.scenes import Scene, outcomes, scene
from tests.run.scripted_run import Model, ScriptedGrader
from tests.virtual_time import EPOCH, run_virtually

SAMPLE = Sample(id="1", prompt="6 * 7?", target="42")
REFUSED = Failure(
    kind=FailureKind.BAD_REQUEST, message="", is_retryable=False, timing=Timing(started_at=EPOCH), http_status=400
)


def grade(verdict: Verdict, *, grader: str = "math", why: str = "") -> Grade:
    return Grade(verdict=verdict, why=why, rule="", grader=grader, grader_version="1", seconds=0.0)


@dataclass
class Patient(ScriptedGrader):
    """Finds an answer correct once its sample was graded so many times: `s003` at its fourth answer."""

    graded: Counter[str] = field(default_factory=Counter)

    async def grade(self, request: GradeRequest) -> Grade:
        await asyncio.sleep(0.01)
        name = request.sample.id
        self.graded[name] += 1
        return grade(Verdict.CORRECT if self.graded[name] > int(name[1:]) else Verdict.WRONG)


def turns(one: Scene) -> dict[str, int]:
    return {call.sample_id: len(call.turns) for call in calls(one.run)}


def answers(one: Scene) -> list[OutcomeLine]:
    return [line for line in outcomes(one.run) if isinstance(line.attempt, Completion)]


def test_a_failed_program_comes_back_with_the_output_of_its_tests() -> None:
    text = feedback_text(SAMPLE, grade(Verdict.WRONG, grader="code", why="f(1) returned 2; expected 3"))
    assert "f(1) returned 2; expected 3" in text


@pytest.mark.parametrize("verdict", [Verdict.WRONG, Verdict.NO_ANSWER])
def test_a_failed_math_answer_is_never_told_what_is_right(verdict: Verdict) -> None:
    text = feedback_text(SAMPLE, grade(verdict, why="'41' is not '42'"))
    assert text.startswith("Check your solution")
    assert "42" not in text


def test_a_chinese_prompt_is_answered_in_chinese() -> None:
    chinese = Sample(id="1", prompt="六乘七等于多少？", target="42")
    assert feedback_text(chinese, grade(Verdict.WRONG)).startswith("请检查")


def test_long_output_is_cut_after_fifty_lines_and_four_thousand_bytes() -> None:
    assert shortened("x\n" * 60) == "\n".join(["x"] * 50) + "\n[...]"
    assert len(shortened("y" * 9000)) == MAX_OUTPUT_BYTES + len("\n[...]")
    assert len(shortened("错" * 9000).encode()) <= MAX_OUTPUT_BYTES + len("\n[...]")
    assert shortened("short") == "short"


def test_rounds_end_with_the_first_correct_answer_or_the_last_round(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=5, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go())
    # s000 is correct at once, s001 in the second answer, s002 in the third; the others have no fourth
    assert turns(one) == {"s000": 1, "s001": 2, "s002": 3, "s003": 3, "s004": 3}
    verdicts = {line.key: line.grade.verdict for line in one.run.grade_lines()}
    assert Counter(verdicts.values()) == {Verdict.CORRECT: 3, Verdict.WRONG: 2}
    assert all(call.is_finished and len(call.replies) == len(call.turns) - 1 for call in calls(one.run))


def test_dollars_of_the_answers_are_those_of_all_turns(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=5, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go())
    results = list(RunData.load(one.run).results())
    accepted = [result.accepted.usd for result in results if isinstance(result.accepted, Cost)]
    assert len(accepted) == 5
    assert sum(accepted, Decimal(0)) == one.provider.total


@pytest.mark.parametrize("seed", range(6))
def test_conversations_broken_off_anywhere_resume_without_asking_a_turn_again(tmp_path: Path, seed: int) -> None:
    model = Model(name="m", faults={"rate_limit": 0.1, "server_error": 0.1}, max_attempts=20)
    one = scene(tmp_path, model, prompts=5, conversation=feedback_rules(2))
    sessions = 0
    while not all(call.is_finished for call in calls(one.run)) or len(turns(one)) < 5:
        run_virtually(one.session(grader=Patient()).go(cancel_after_s=0.08 + 0.05 * seed + 0.1 * sessions))
        sessions += 1
        assert sessions < 60
    assert sessions > 1
    firsts = Counter(line.head.key for line in answers(one) if line.reply is None)
    later = Counter(line.head.key for line in answers(one) if line.reply is not None)
    assert set(firsts.values()) == {1}
    # the grader of each session counts anew, so an answer that was correct may get a round more, never more than two
    assert max(later.values()) <= 2
    assert {call.key: len(call.replies) for call in calls(one.run) if call.replies} == dict(later)


def test_a_budget_holds_all_rounds_of_what_it_lets_start(tmp_path: Path) -> None:
    # one conversation at most: 3 turns of 1024 + 8 prompt and 100 output tokens, and 3 x (100 + 5000) of history,
    # at $1 per million: $0.0187
    one = scene(tmp_path, Model(name="m"), prompts=5, max_usd="0.04", conversation=feedback_rules(2))
    outcome = run_virtually(one.session(grader=Patient()).go())
    assert Decimal(0) < one.provider.total <= Decimal("0.04")
    assert all(call.is_finished for call in calls(one.run))
    assert outcome.unfunded_jobs == {} or sum(outcome.unfunded_jobs.values()) == 5 - len(turns(one))


def test_a_budget_below_one_whole_conversation_starts_none(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=5, max_usd="0.01", conversation=feedback_rules(2))
    outcome = run_virtually(one.session(grader=Patient()).go())
    assert one.provider.total == 0
    assert outcome.unfunded_jobs == {"sim/m": 5}


def test_every_turn_states_the_message_it_answers(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=3, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go())
    lines = [line for line in outcomes(one.run) if line.head.sample_id == "s002"]
    assert [line.reply is None for line in lines] == [True, False, False]


def test_a_conversation_ended_after_a_turn_that_failed_is_answered_and_not_sent_again(tmp_path: Path) -> None:
    """As when --retry-failed grades the stored answer anew, and finds it correct."""
    one = scene(tmp_path, Model(name="m"), prompts=1, conversation=feedback_rules(1))
    run_virtually(one.session(grader=Patient()).go())
    *before, end = call_lines(one.run)
    turn = before[-1]
    assert isinstance(turn, OutcomeLine)
    failed = replace(turn, number=1, is_final=True, attempt=REFUSED, reply="check")
    log = one.run.path / "calls-0.jsonl"
    log.write_bytes(b"".join(map(encode, [*before, failed, end])))
    session, sent = one.session(grader=Patient()), one.provider.received.total()
    run_virtually(session.go())
    assert one.provider.received.total() == sent
    assert session.progress.models["sim/m"].usd == one.provider.total
    (result,) = RunData.load(one.run).results()
    assert isinstance(result.accepted, Cost)
    assert result.accepted.usd == one.provider.total
    assert result.grade is not None


def test_a_turn_of_unknown_cost_counts_with_what_it_alone_can_cost(tmp_path: Path) -> None:
    """As when the run is resumed: dollars reserved for later turns are not spent by one that was lost."""
    one = scene(tmp_path, Model(name="m", faults={"lost": 0.3}), prompts=5, max_usd="1", conversation=feedback_rules(2))
    session = one.session(grader=Patient())
    run_virtually(session.go())
    data, expected, unknown = RunData.load(one.run), Decimal(0), 0
    for line in outcomes(one.run):
        cost = cost_of_attempt(data.book, data.manifest.endpoints[0], line.head.params, line.attempt)
        assert line.bound_usd is not None
        expected += cost.usd if isinstance(cost, Cost) else line.bound_usd
        unknown += not isinstance(cost, Cost)
    assert unknown > 0
    assert session.budget.spent_usd == expected
    assert session.budget.reserved_usd == 0


def test_dollars_of_an_open_conversation_include_attempts_that_failed_or_were_lost(tmp_path: Path) -> None:
    """Else the cap of one sample would allow them again after each interruption."""
    one = scene(tmp_path, Model(name="m", faults={"lost": 0.4}), prompts=8, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go(cancel_after_s=0.5))
    data, expected = RunData.load(one.run), defaultdict[str, Decimal](Decimal)
    finished = {call.key for call in calls(one.run) if call.is_finished}
    failed = 0
    for line in outcomes(one.run):
        if line.head.key not in finished:
            cost = cost_of_attempt(data.book, data.manifest.endpoints[0], line.head.params, line.attempt)
            assert line.bound_usd is not None
            expected[line.head.key] += cost.usd if isinstance(cost, Cost) else line.bound_usd
            failed += isinstance(line.attempt, Failure)
    assert failed > 0
    last = next(line for line in reversed(outcomes(one.run)) if line.head.key not in finished)
    lost_usd = Decimal("0.5")
    lost = SentLine(head=last.head, number=last.number + 1, at=EPOCH, bound_usd=lost_usd)
    (one.run.path / "calls-9.jsonl").write_bytes(encode(lost))
    expected[last.head.key] += lost_usd
    session = one.session(grader=Patient())
    run_virtually(session.go(cancel_after_s=0))
    assert session.back.completed.spent_usd == expected
