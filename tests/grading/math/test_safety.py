"""Whatever a model writes: no crash, no code run, no pair longer than its limit, and a time-out is never "wrong"."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.types import Sample, Verdict
from harness.grading.math.comparison.compare import GRADER_FAILED, compare_answers
from harness.grading.math.extraction.extract import extract
from harness.grading.math.grader import MathGrader
from harness.grading.math.parsing.groups import boxes
from harness.grading.math.parsing.normalize import clean
from harness.grading.math.parsing.parser import parse
from harness.grading.math.parsing.tokens import MathSyntaxError
from harness.grading.math.symbolic.time_budget import ProofTimeBudget
from harness.grading.math.symbolic.worker import SymbolicWorker
from tests.cases import all_cases

FRAGMENTS = [
    r"\frac", r"\sqrt", r"\sqrt[3]", "{", "}", "(", ")", "[", "]", "|", "^", "_", "^{", "_{", "+", "-", "*",
    "/", "=", "<", r"\le", r"\ge", r"\ne", r"\in", r"\cup", r"\cap", r"\setminus", r"\pm", r"\mp", r"\{",
    r"\}", ",", ";", ":", "!", "%", "$", "0", "1", "7", "12", "999999999999", "1e308", "0.1", "x", "y", "n",
    "e", "i", r"\pi", r"\infty", r"\sin", r"\log", r"\ln", r"\binom", r"\text{", r"\text{cm}",
    r"\text{ and }", " and ", " or ", r"\begin{pmatrix}", r"\end{pmatrix}", r"\\", "&", r"\begin{cases}",
    r"\end{cases}", r"\boxed{", r"\left", r"\right", r"\circ", "°", "²", "½", "√", "∞", "答案", "１", "是",
    r"\sum", r"\int", r"\lim", r"\mathbb{R}", r"\equiv", r"\pmod", "mod", "million", "A", "B", "(C)",
    "10:30", "May 4", " ", "\n", "__import__('os')", "import", "lambda", "exec", r"\mid", r"\approx",
    r"\subset", r"\subseteq", r"\mapsto", r"\cong", "==", ":=", "<=", "!=", r"\lt", r"\quad", r"\land",
    r"\overline{3}", r"\dots", "\\", "'", '"', "\x00", "factorial",
]  # fmt: skip
MARKERS = ["####", "<think>", "</think>", '{"answer": "', "**", "Answer:", "答案："]
answers = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join),
    st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(" ".join),
    st.text(max_size=60),
)


def mishaps(gold: str, given_: str, worker: SymbolicWorker) -> list[str]:
    """What the verdict on a pair lacks, and what that on a text and itself does."""
    comparison, again = (
        compare_answers(gold, given_, worker=worker, limit_s=1.0),
        compare_answers(gold, gold, worker=worker),
    )
    found = [one.why for one in (comparison, again) if one.rule.startswith(GRADER_FAILED)]
    if comparison.equal not in (True, False, None) or not comparison.why:
        found.append(f"no verdict with a reason: {comparison}")
    if not again.equal and clean(gold):
        found.append(f"does not equal itself: {again}")
    return found


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


FUZZED = os.environ.get("HARNESS_FUZZED")
"""How many pairs the slow test tries, each time others; without it 40,000, the same in every run."""


@all_cases("sign", ["=", "==", ":=", r"\mapsto", r"\cong", r"\approx", r"\le", r"\in", "!=", r"\subset"])
def test_relation_without_a_left_side_gets_a_verdict(sign: str, worker: SymbolicWorker) -> None:
    for text in (sign, f"{sign} 3", f" {sign}{sign}", f"({sign})", rf"\{{{sign} x\}}"):
        assert mishaps("3", text, worker) == []
        assert mishaps(text, "x", worker) == []


@all_cases("text", ["1e308_7", "1.5_7", "1e5_b", r"1e308_{\text{ten}}", "1e308 in base 7"])
def test_numeral_that_no_base_can_read_gets_a_verdict(text: str, worker: SymbolicWorker) -> None:
    assert compare_answers("5", text, worker=worker).equal is not True
    found = compare_answers(text, text + "1", worker=worker)
    assert not found.rule.startswith(GRADER_FAILED), found.why


@settings(relaxed, max_examples=100)
@given(gold=answers, given_=answers)
def test_any_two_strings_get_a_verdict_and_equal_themselves(gold: str, given_: str, worker: SymbolicWorker) -> None:
    assert mishaps(gold, given_, worker) == []


@settings(relaxed, max_examples=80)
@given(text=st.lists(st.one_of(st.sampled_from([*FRAGMENTS, *MARKERS]), st.text(max_size=9)), max_size=30))
def test_any_response_gets_an_extraction_or_none(text: list[str]) -> None:
    response = " ".join(text)
    found = extract(response, is_truncated=False)
    assert found is None or found.answer.strip()
    stated = extract(response, is_truncated=True)
    assert stated is None or stated.is_stated


def _text(choice: random.Random) -> str:
    """A text of the kinds of `answers`, made in a hundredth of the time."""
    kind = choice.random()
    if kind < 0.8:
        joiner, most = ("", 25) if kind < 0.45 else (" ", 12)
        return joiner.join(choice.choices(FRAGMENTS, k=choice.randint(0, most)))
    last = choice.choice((0x7F, 0x3000, 0xD7FF))
    return "".join(chr(choice.randint(0, last)) for _ in range(choice.randint(0, 60)))


@pytest.mark.slow(25)
def test_twenty_thousand_strings_get_a_verdict(worker: SymbolicWorker) -> None:
    seed = random.randrange(2**32) if FUZZED else 20_261_130
    choice = random.Random(seed)
    for number in range(int(FUZZED or 20_000)):
        gold, given_ = _text(choice), _text(choice)
        assert mishaps(gold, given_, worker) == [], (seed, number, gold, given_)


def test_formulas_that_are_code_are_never_run(tmp_path: Path, worker: SymbolicWorker) -> None:
    trace = tmp_path / "trace"
    for code in (
        f"__import__('os').system('touch {trace}')",
        f"open('{trace}','w')",
        rf"\text{{__import__('pathlib').Path('{trace}').touch()}}",
        f"\\sum_{{k=1}}^{{open('{trace}','w')}} k",
        f"lambda: open('{trace}', 'w')",
    ):
        compare_answers("5", code, worker=worker, limit_s=0.4)
        compare_answers(rf"\int {code}", rf"\int_0 {code}", worker=worker, limit_s=0.4)
    assert not trace.exists()


HOSTILE = [
    "10^{10^{10^{10}}}",
    "9^{9^{9^{9^{9}}}}",
    "2^{2^{2^{2^{2^{2}}}}}",
    "(10^{9})!",
    "((10!)!)!",
    r"\binom{10^{12}}{10^{6}}",
    "(x+1)^{1000000}",
    r"\sin(10^{10^{10}})",
    r"\sum_{k=1}^{10^{10}} k^{k}",
    r"\int_0^{\infty} e^{-x^{x^{x}}} dx",
    "1e999999999",
    "1" * 3900,
    "(" * 1900 + "1" + ")" * 1900,
    "{" * 3000,
    "-" * 3000 + "1",
    "x!!!!!!!!!!!!!!!!",
    r"\sqrt" * 600 + "2",
    r"\frac" * 600,
    "^".join(["2"] * 400),
    ",".join(["1"] * 1500),
    r"\pm 1," * 55,
    "a" * 3000 + "!",
    "1 " + "a" * 3000 + "!",
    r"\text{" * 500,
    "1<" * 900 + "1",
    r"\boxed{" * 400 + "1" + "}" * 400,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24])
def test_a_hostile_answer_is_graded_in_its_time(text: str, worker: SymbolicWorker) -> None:
    others = ("10", "x", text + "+1", text.replace("10", "11"))
    equal = [other for other in others if compare_answers(text, other, worker=worker, limit_s=0.5).equal]
    # a list of equal answers is one answer, and behind a box nothing counts
    assert "," in text or "boxed" in text or set(equal) <= {text}


@all_cases(
    "text",
    [unit * 8_000 for unit in (r"\boxed{", r"\[", "$$", "<think>", "**", '"answer": "', "A: ", "1 ")],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_long_hostile_response_is_read_in_one_pass(text: str) -> None:
    found, closed = extract(text, is_truncated=False), boxes(text)
    assert closed == []
    assert found is None or found.answer in text


@pytest.mark.parametrize("text", ["(" * 400 + "1" + ")" * 400, "1+" * 700 + "1", "9" * 500])
def test_the_parser_refuses_what_is_too_deep_or_too_long(text: str) -> None:
    with pytest.raises(MathSyntaxError):
        parse(text)


def test_a_pair_whose_time_is_up_is_undecided_not_wrong(worker: SymbolicWorker) -> None:
    comparison = compare_answers(r"\sqrt{8}", r"2\sqrt{2}", worker=worker, limit_s=0.0)
    assert comparison.equal is None
    assert ProofTimeBudget(worker, limit_s=0.0).is_expired()


def test_what_cannot_be_decided_is_a_grader_error() -> None:
    grader = MathGrader()
    try:
        # two towers of different bases whose order nobody computes here
        grade = grader.grade(
            Sample(id="2", prompt="?", target="10^{10^{10^{10}}}"), r"\boxed{11^{9^{10^{10}}}}", is_truncated=False
        )
        assert grade.verdict is Verdict.GRADER_ERROR
        assert "too large" in grade.why
    finally:
        grader.close()
