"""Answers that no mark states: letters and values of the conclusion."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import GradeResponse

CHOICES = [
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", "The answer is (D) 4.", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", "D", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", "A is wrong, B is wrong, C is wrong. So D.", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "A", "A is wrong, B is wrong, C is wrong. So D.", False),
    ("哪个？A. 1 B. 2 C. 3 D. 4", "B", "选B", True),
    ("哪个？A. 1 B. 2 C. 3 D. 4", "B", "答案：B", True),
    ("哪个？A. 1 B. 2 C. 3 D. 4", "A", "故选B，不选A。", False),
    ("哪些？A. 1 B. 2 C. 3 D. 4", "BC", "故选：BC．", True),
    ("哪些？A. 1 B. 2 C. 3 D. 4", "BC", r"\boxed{B, C}", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", r"\boxed{4}", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", r"\boxed{\text{D}}", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", r"\boxed{D) 4}", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", r"\boxed{D) 3}", False),
]


@all_cases(("question", "gold", "response", "is_correct"), CHOICES)
def test_a_chosen_letter_is_read(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct


CONCLUSIONS = [
    ("What is x?", "9", "Hence 3x = 27, i.e. x = 9.", True),
    ("What is x?", "27", "Hence 3x = 27, i.e. x = 9.", False),
    ("What is x?", "9", "x = 9, i.e. three threes.", True),
    ("Solve.", "4", "$x = 4$ or $x = -9$. Since $x=-9$ is extraneous, we keep $x=4$.", True),
    ("解方程。", "4", "x=4或x=-9(舍去)。", True),
    ("解方程。", "4", "x=4或x=-9,因为x>0,所以x=4。", True),
    ("Solve.", "4", "x = 4 or x = -9 (rejected since x > 0).", True),
    ("Which? A. 1 B. 2 C. 3 D. 4", "B", "I would pick A, but on reflection B is correct.", True),
    ("解方程。", "-9", "x=4或x=-9(舍去)。", False),
    ("How many?", "8", "The answer cannot be 8.", False),
    ("How many?", "8", "So the number is at most 8.", False),
    ("Which? A. 1 B. 2 C. 3 D. 4", "D", "It can't be A. It must be D.", True),
    ("How much?", "15", "She pays $3 + $12 = $15 in total.", True),
    ("How many?", "15", "There are 15 of them in total.", True),
    ("How many?", "15", "So we have 15.", True),
    ("How many?", "13", "The answer would be 12 if order mattered; since it does not, it is 13.", True),
    ("How many?", "12", "The answer would be 12 if order mattered; since it does not, it is 13.", False),
    ("How many?", "13", "One might guess 12, but the correct count is 13.", True),
    ("How many?", "12", "One might guess 12, but the correct count is 13.", False),
    ("How many?", "13", "It can't be 12, so it must be 13.", True),
    ("How many?", "12", "It can't be 12, so it must be 13.", False),
    ("How many?", "13", "The answer is 13 rather than 12.", True),
    ("How many?", "12", "The answer is 13 rather than 12.", False),
    ("How many?", "13", "The answer is 13 instead of 12.", True),
    ("How many?", "12", "The answer is 13 instead of 12.", False),
    ("How many?", "13", "I first thought it was 12, but it is 13.", True),
    ("How many?", "12", "I first thought it was 12, but it is 13.", False),
    ("How many?", "13", "The total is 12 + 1, that is, 13.", True),
    ("How many?", "12", "The total is 12 + 1, that is, 13.", False),
    ("How many?", "13", "The answer is 13 (the 12th one is excluded).", True),
    ("How many?", "12", "The answer is 13 (the 12th one is excluded).", False),
    ("How many?", "13", "Answer: 13 (compare: 12 for n=4).", True),
    ("How many?", "12", "Answer: 13 (compare: 12 for n=4).", False),
    ("How many?", "13", "The number is 13; 12 of them are even.", True),
    ("How many?", "12", "The number is 13; 12 of them are even.", False),
    ("How many?", "13", "答案不是12，而是13。", True),
    ("How many?", "12", "答案不是12，而是13。", False),
    ("How many?", "13", "如果考虑顺序，答案是12；否则答案是13。这里不考虑顺序，所以答案是13。", True),
    ("How many?", "12", "如果考虑顺序，答案是12；否则答案是13。这里不考虑顺序，所以答案是13。", False),
    ("How many?", "13", "所以共有13种方法，比12多1。", True),
    ("How many?", "12", "所以共有13种方法，比12多1。", False),
    ("How many?", "13", "Thus N = 13, exceeding 12.", True),
    ("How many?", "12", "Thus N = 13, exceeding 12.", False),
    ("How many?", "13", "The final count: 13. Earlier estimate: 12.", True),
    ("How many?", "12", "The final count: 13. Earlier estimate: 12.", False),
    ("How many?", "13", "Therefore, the answer is 13. (Had we included zero, it would be 12.)", True),
    ("How many?", "12", "Therefore, the answer is 13. (Had we included zero, it would be 12.)", False),
    ("How many?", "13", "~~12~~ 13", True),
    ("How many?", "12", "~~12~~ 13", False),
    ("How many?", "13", "The answer is 13, as 12 is too small.", True),
    ("How many?", "12", "The answer is 13, as 12 is too small.", False),
    ("How many?", "13", "Suppose the answer is 12. Then a contradiction follows. Hence the answer is 13.", True),
    ("How many?", "12", "Suppose the answer is 12. Then a contradiction follows. Hence 13.", False),
    ("How many?", "13", "Suppose the answer is 12. Then a contradiction follows. Hence 13.", True),
    ("How many?", "13", "Answer: 13\n\nRuntime: 12 s", True),
    ("How many?", "12", "Answer: 13\n\nRuntime: 12 s", False),
    ("How many?", "13", "Option 12 is wrong. Option 13 is right.", True),
    ("How many?", "13", "12 < 13, so the maximum is 13.", True),
    ("How many?", "12", "12 < 13, so the maximum is 13.", False),
    ("How many?", "13", "The answer: 13. Note 12 = 3·4.", True),
    ("How many?", "12", "The answer: 13. Note 12 = 3·4.", False),
    ("Find the minimum value.", "-4", "The minimum value -4 is attained at x = 1.", True),
    ("Find the minimum value.", "1", "The minimum value -4 is attained at x = 1.", False),
    ("Find the minimum value.", "-4", "At x = 1 the function has its minimum value, namely -4.", True),
    ("Find the minimum value.", "1", "At x = 1 the function has its minimum value, namely -4.", False),
    ("Find x.", "1", "The minimum is reached at x = 1, where f = -4.", True),
    ("Find the maximum of f.", "8", "f has maximum 8 when x = 3.", True),
    ("Find the maximum of f.", "3", "f has maximum 8 when x = 3.", False),
    ("Find the maximum of f.", "8", r"\boxed{8} at $x=3$", True),
    ("Find the maximum of f.", "3", r"\boxed{8} at $x=\boxed{3}$", False),
]


OTHER_THAN_EIGHT = [
    "The answer lies below 8.",
    "So x never reaches 8.",
    "So x differs from $8$.",
    "So x exceeds 8.",
    "The answer is everything but 8.",
    "The answer is anything other than 8.",
    "The answer is divisible by 8.",
    "The answer used to be 8.",
    "x lies between 7 and 8.",
    "The wrong answer is 8.",
    "A common wrong answer is 8.",
    "The naive answer is 8.",
    "Half the answer is 8.",
    "An upper bound for the answer is 8.",
    "One might think the answer is 8. It isn't.",
    "So x is at most $8$.",
    "The total is 8 thousand.",
    "x = -8 or x = 8; since x < 0 we discard x = 8.",
    "x=-8或x=8,舍去x=8。",
    "答案不是8。",
    "所以x不等于8。",
    "所以x至多为$8$。",
    "答案小于8。",
    "答案大于8。",
    "答案介于7和8之间。",
    "错误答案是8。",
    "答案是8的倍数。",
    "答案是8的平方。",
    "假设答案是8,则矛盾。",
    "除8以外的所有数。",
]


@all_cases("response", OTHER_THAN_EIGHT)
def test_words_before_a_value_make_it_another(response: str, grade_response: GradeResponse) -> None:
    assert grade_response(response, "8", "Find x.") is not True


VALUES_IN_WORDS = [
    ("Find x.", "7", "7. This works because 3 + 4 = 7. So 7 - 3 = 4.", True),
    ("Find x.", "4", "7. This works because 3 + 4 = 7. So 7 - 3 = 4.", False),
    ("Find x.", "7", "The answer is definitely not 8 but 7.", True),
    ("Find x.", "8", "The answer is definitely not 8 but 7.", False),
    ("How many?", "5", "There are 5 of them, not 6.", True),
    ("How many?", "6", "There are 5 of them, not 6.", False),
    ("Find the total.", "12000", "The total is 12 thousand.", True),
    ("How many thousand are there?", "12", "There are 12 thousand.", True),
    ("Find x.", "9", "A common wrong answer is 8. The correct answer is 9.", True),
    ("Find x.", "9", "One might think the answer is 8, but it is 9.", True),
    ("求x", "9", "错误答案是8。正确答案是9。", True),
    ("求x", "9", "x大于8,所以x=9。", True),
    ("求x", "8", "解得x=-8或x=8。", False),
    ("求x", r"\pm 8", "解得x=-8或x=8。", True),
    ("求x", "2,3", "所以x为2或3。", True),
    ("求x", "3", "所以x为2或3。", False),
    ("求面积", r"2\sqrt{3}", "所以面积为2√3。", True),
    ("求面积", r"\sqrt{3}", "所以面积为2√3。", False),
    ("求k", "-3", "解得k=-3。", True),
    ("求最大值", "8", "所以最大值为8，此时x=2。", True),
    ("求最大值", "2", "所以最大值为8，此时x=2。", False),
    ("求最大值", "8", "当t=1时，此时x=2，最大值为8。", True),
    ("求k", "3", "解得k=-3。", False),
]


@all_cases(("question", "gold", "response", "is_correct"), VALUES_IN_WORDS)
def test_the_value_among_words_is_read(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct


@all_cases(("question", "gold", "response", "is_correct"), CONCLUSIONS)
def test_a_conclusion_without_a_box_is_read(
    question: str, gold: str, response: str, is_correct: bool, grade_response: GradeResponse
) -> None:
    assert grade_response(response, gold, question) is is_correct
