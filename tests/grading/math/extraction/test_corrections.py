"""Corrections behind the marked answer replace it; remarks behind it do not."""

from __future__ import annotations

from harness.grading.math.extraction.extract import extract
from tests.cases import all_cases
from tests.grading.math.conftest import GradeResponse

CORRECTIONS = [
    "Oops, I forgot one: 13.",
    "Oops, it should be 13.",
    "Whoops, I left out zero. It is 13.",
    "Correction: it is 13.",
    "Erratum: 13.",
    "Edit: 13.",
    "Actually, 13.",
    "Actually, it's 13.",
    "In fact, the total is 13.",
    "Wait, that should be 13.",
    "Wait, no: 13.",
    "Sorry, I meant 13.",
    "Sorry, $13$.",
    "No, 13.",
    "No, it's **13**.",
    "Hmm, that is wrong; the count is 13.",
    "On second thought, 13.",
    "Let me correct that: 13.",
    "I made an arithmetic mistake. It is 13.",
    "My mistake: it is 13.",
    "Scratch that, 13.",
    "Apologies, the sum gives 13.",
    "Hold on, I missed the case n = 0, so there are 13.",
    "Or rather 13.",
    "Make that thirteen.",
    "However, I missed one case, so the total is 13.",
    "But we must also count the empty set, giving 13.",
    "This should be 13.",
    "It should have been 13.",
    "Upon reflection, it should be 13.",
    "After rechecking, it is 13.",
    "Let me recalculate: 13.",
    "Never mind, 13.",
    "But that ignores zero. Including it, the answer becomes 13.",
    "Ah, I see my error: I should have added 1. So 13.",
    "Revised answer: 13.",
    "\n\n**Correction:** 13",
    "Hmm, but the empty set counts too. So 13.",
    "Hmm wait. 13.",
    "Wait, that leaves out the odd ones. There is also 1 odd one. So 13.",
    "But zero is even as well. Hence there are 13.",
    "Wait, I forgot n = 0. Therefore the count is $13$.",
    "不对,漏了n=0。所以是13。",
    "仔细一想,应该是13。",
    "哎呀,我漏了一个:13。",
    "更正:13。",
    "修正:答案应为13。",
    "不对,应该是13。",
    "等等,应该是13。",
    "抱歉,我算错了,是13。",
    "实际上是13。",
    "其实是13。",
    "对不起,正确的是13。",
    "错了,是13。",
    "不,是13。",
    "我漏算了一种情况,所以是13。",
    "等一下,还有一种情况,所以共有13种。",
]
MARKS = ["The answer is 12.", r"So we get $\boxed{12}$.", "<answer>12</answer>", "#### 12\n", "答案是12。"]


@all_cases("correction", CORRECTIONS)
@all_cases("mark", MARKS)
def test_a_correction_replaces_the_answer_before_it(mark: str, correction: str, grade_response: GradeResponse) -> None:
    assert grade_response(f"{mark} {correction}", "13", "Find the number.") is True
    assert grade_response(f"{mark} {correction}", "12", "Find the number.") is False


@all_cases(
    "response",
    [
        r"Previously I claimed \boxed{12}. That was wrong.",
        "\\boxed{12}\n\nHmm, that is incorrect.",
        "The answer is 12. This is false.",
        "The answer is 12, which I found to be wrong.",
        "答案是12。这个答案不对。",
    ],
)
def test_an_answer_that_is_taken_back_is_none(response: str, grade_response: GradeResponse) -> None:
    assert grade_response(response, "12", "Find the number.") is False


@all_cases(
    "remark",
    [
        "Actually, we can verify this: 3*4 = 12.",
        "Wait, let me check: 5+7 = 12. Yes.",
        "No other solution exists for n < 100.",
        "Actually, there is a faster way with 2 steps.",
        "Sorry for the long solution of 3 steps.",
        "Note that we did not count 13, which is prime.",
        "Wait, should it be 13? No, since 13 is odd, 12 is right.",
        "No, not 13.",
        "In fact every n > 5 works the same way.",
        "However, the bound 13 is not reached.",
        "But for n = 5 the count is different.",
        "However, note that for n = 3 the count is 20.",
        "But note that the sum is 24.",
        "Now, for the check: the product is 36.",
        "Edit distance is not needed here: 3.",
        "Sorry for the confusion earlier, when I said it was 13.",
        "I mistakenly wrote 13 before.",
        "I first thought it was 13.",
        "实际上,验算得3×4=12。",
        "注意不是13。",
        "不是13。",
    ],
)
@all_cases("mark", MARKS)
def test_a_remark_leaves_the_answer(mark: str, remark: str, grade_response: GradeResponse) -> None:
    assert grade_response(f"{mark} {remark}", "12", "Find the number.") is True


@all_cases(
    "statement",
    [
        "at most 12",
        "less than 12",
        "more than 12",
        "half of 12",
        "the square root of 12",
        "one over 12",
    ],
)
def test_words_around_the_number_make_another_value(statement: str, grade_response: GradeResponse) -> None:
    assert grade_response(f"The answer is {statement}.", "12", "Find the number.") is False


def test_a_correction_that_touches_the_cut_is_no_answer() -> None:
    assert extract("The answer is 12. Oops, it should be 1", is_truncated=True, is_multipart=False) is None
