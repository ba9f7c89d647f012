"""The literal grader: where the value is found, which verdict follows, and what a Grade shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, grader_names, make_grader
from harness.grading.literal.grader import VERSION
from tests.cases import all_cases

GRADER = make_grader("literal", GraderOptions())


def sample(target: str) -> Sample:
    return Sample(id="1", prompt="?", target=target)


def test_it_is_found_by_its_folder_and_runs_nothing() -> None:
    assert "literal" in grader_names()
    assert (GRADER.name, GRADER.version, GRADER.sandbox_backend) == ("literal", VERSION, None)


@all_cases(
    ("target", "text", "verdict", "rule"),
    [
        ("[1, 2]", "It sorts.\n[ANSWER]\n[1,2]\n[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("[1, 2]", "[ANSWER][2, 1][/ANSWER] no: [answer][1, 2][/answer]", Verdict.CORRECT, "[ANSWER]"),
        ("[1, 2]", "[ANSWER](1, 2)[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("'ab'", "[ANSWER]ab[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("'ab'", '[ANSWER]`"ab"`[/ANSWER]', Verdict.CORRECT, "[ANSWER]"),
        ("'ab'", "[ANSWER]\n```python\n'ab'\n```\n[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("1", "[ANSWER]True[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("True", "[ANSWER]1[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("2.0", "[ANSWER]2[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("2", "[ANSWER]2.0[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("{'a': 1, 'b': 2}", "[ANSWER]{'b': 2, 'a': 1}[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("5", "[ANSWER]f(3) == 5[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("5", "[ANSWER]2 + 3[/ANSWER]", Verdict.WRONG, "[ANSWER]"),
        ("5", "so [ANSWER] 5", Verdict.CORRECT, "[ANSWER], never closed"),
        ("5", "I write it between [ANSWER] and [/ANSWER].\n[ANSWER]5[/ANSWER]", Verdict.CORRECT, "[ANSWER]"),
        ("{1: 2}", r"so it is $\boxed{{1: 2}}$.", Verdict.CORRECT, "box"),
        (
            "5",
            "First\n```python\n4\n```\nthen\n```\nassert f(1) == 5\n```\nDone.",
            Verdict.CORRECT,
            "last fenced block",
        ),
        ("5", "```python\ndef f():\n    return 5\n```", Verdict.WRONG, "last fenced block"),
        ("'x y'", "thinking\nThe output is: `'x y'`", Verdict.CORRECT, "last line"),
        ("[]", "**Final answer:** []", Verdict.CORRECT, "last line"),
        ("[]", "thinking\n[]", Verdict.CORRECT, "last line"),
        ("[]", "The output is an empty list.", Verdict.WRONG, "last line"),
        ("[]", "I do not know.", Verdict.NO_ANSWER, "last line"),
        ("5", "<think>[ANSWER]5[/ANSWER]</think>", Verdict.NO_ANSWER, "no rule matched"),
        ("5", "[ANSWER][/ANSWER]\n", Verdict.NO_ANSWER, "last line"),
        ("f(", "[ANSWER]5[/ANSWER]", Verdict.GRADER_ERROR, "target"),
    ],
)
def test_verdict_and_rule(target: str, text: str, verdict: Verdict, rule: str) -> None:
    grade = GRADER.grade(sample(target), text, is_truncated=False)
    assert (grade.verdict, grade.rule) == (verdict, rule), grade.why


@all_cases(
    ("text", "verdict"),
    [
        ("[ANSWER]5[/ANSWER] because", Verdict.CORRECT),
        ("[ANSWER]5", Verdict.NO_ANSWER),
        ("```\n5\n```\nbut", Verdict.NO_ANSWER),
        ("steps\n5", Verdict.NO_ANSWER),
    ],
)
def test_of_a_truncated_response_only_a_finished_answer_counts(text: str, verdict: Verdict) -> None:
    assert GRADER.grade(sample("5"), text, is_truncated=True).verdict is verdict


@all_cases(
    ("text", "why"),
    [
        ("[ANSWER][1, 2][/ANSWER]", "expected (1, 2); got [1, 2]; a list instead of a tuple"),
        ("[ANSWER](1, 3)[/ANSWER]", "expected (1, 2); got (1, 3); the values differ"),
        ("[ANSWER](1, 2)[/ANSWER]", "expected (1, 2); got (1, 2); equal"),
        ("[ANSWER]f(1)[/ANSWER]", "expected (1, 2); got 'f(1)', which is no literal: 'f(1)' is no literal"),
    ],
)
def test_the_reason_can_be_read(text: str, why: str) -> None:
    assert GRADER.grade(sample("(1, 2)"), text, is_truncated=False).why == why


@given(st.text(max_size=200), st.booleans())
def test_no_text_is_beyond_it(text: str, is_truncated: bool) -> None:
    grade = GRADER.grade(sample("5"), text, is_truncated=is_truncated)
    assert grade.verdict in {Verdict.CORRECT, Verdict.WRONG, Verdict.NO_ANSWER}


@all_cases("text", ["[ANSWER]" * 20_000, "```\n" * 20_000, "\\boxed{" * 15_000, "the output is " * 9_000])
def test_long_texts_take_no_long_time(text: str) -> None:
    assert GRADER.grade(sample("5"), text, is_truncated=False).seconds < 60
