"""Extraction: each rule on its own, their order, and what never counts."""

from __future__ import annotations

import pytest

from harness.grading.math.extraction.extract import extract
from tests.cases import all_cases

FOUND = [
    # JSON
    ('```json\n{"reasoning": "3+4", "answer": "7"}\n```', "7", "JSON answer"),
    ('{"answer": 7.5, "sure": true}', "7.5", "JSON answer"),
    ('{"answer": [1, 2]}', "1, 2", "JSON answer"),
    ('{"reasoning": "broken "quotes" here", "answer": "12 cm"}', "12 cm", "JSON answer"),
    (r'{"answer": "\frac{1}{2}"}', r"\frac{1}{2}", "JSON answer"),
    (r'{"answer": "\\frac{1}{2}"}', r"\frac{1}{2}", "JSON answer"),
    ('{"final_answer": "9"}', "9", "JSON answer"),
    ('{"答案": "9"}', "9", "JSON answer"),
    # boxes
    (r"so $\boxed{5}$.", "5", "box"),
    (r"first \boxed{4}, no wait, it is \boxed{5}", "5", "box"),
    (r"\boxed{\frac{1}{\sqrt{2}}}", r"\frac{1}{\sqrt{2}}", "box"),
    (r"\boxed{\text{the answer is } \boxed{5}}", "5", "box"),
    (r"\fbox{12}", "12", "box"),
    (r"\boxed 7", "7", "box"),
    (r"$\boxed{1}$ and $\boxed{2}$", "1, 2", "2 boxes joined"),
    (r"\(\boxed{x = 1} \quad \text{or} \quad \boxed{x = 2}\)", "x = 1, x = 2", "2 boxes joined"),
    (r"\boxed{5} is wrong as an answer because of the sign, so \boxed{-5}", "-5", "box"),
    (r"\boxed{5} and then \boxed{ }", "5", "box"),
    (r"\boxed{\{1, 2\}}", r"\{1, 2\}", "box"),
    # answer tags
    ("6 and <answer>16</answer> or so, 7", "16", "answer tag"),
    ("<answer>The answer is 16.</answer>", "16", "answer tag"),
    (r"<answer>\boxed{16}</answer>", "16", "box"),
    # stated
    ("Therefore, the answer is\n\n- 16", "16", "stated after"),
    ("The answer is\n-16", "-16", "stated after"),
    ("So PQ = 2√3.", "2√3", "last equation"),
    ("Some work with 3 and 4.\nAnswer: 42", "42", "stated after 'answer:'"),
    ("**Answer:** 42 apples", "42 apples", "stated after 'answer:'"),
    ("**Final Answer**: $x = 3$", "x = 3", "stated after"),
    ("The final answer is $\\frac{3}{4}$. I hope this helps with 5 others.", "$\\frac{3}{4}$", "stated after"),
    ("So the answer is 18.", "18", "stated after"),
    ("The answer is:\n\n**C**", "C", "stated after"),
    ("The answer is\n$$\n\\frac{5}{6}\n$$\n", r"\frac{5}{6}", "stated after"),
    ("Janet makes 9 * 2 = <<9*2=18>>18 dollars.\n#### 18", "18", "stated after '####'"),
    ("#### 1,234", "1,234", "stated after '####'"),
    ("The result is 5, the answer is 6.\n#### 7", "7", "stated after '####'"),
    ("2 + 2 = 4\nA: 4", "4", "stated after 'A:'"),
    ("The answer is that she has 12 apples left.", "12", "stated after"),
    ("Answer: (C) 12", "(C) 12", "stated after"),
    ("The correct option is (B).", "(B)", "stated after"),
    ("The answer is therefore 12", "12", "stated after"),
    ("The final answer is 12, which is 3 more than 9.", "12", "stated after"),
    ("The answer is 5/6 of the total, or about 0.83.", "5/6", "stated after"),
    ("work with 9\n## Answer\n\n42\n", "42", "stated after"),
    ("Answer:\n```\n42\n```", "42", "stated after"),
    ("Answer:\n\n- 42", "42", "stated after"),
    ("Answer: -42", "-42", "stated after"),
    # Chinese
    ("所以答案是12。", "12", "stated after '答案'"),
    ("最终答案：３．５", "3.5", "stated after '答案'"),
    ("答案为 $\\frac{1}{2}$。", "\\frac{1}{2}", "stated after '答案'"),
    ("小明一共有12个苹果。", "12", "last number"),
    ("由此可知结论成立。故选：C", "C", "stated after"),
    ("【答案】12", "12", "stated after"),
    # not stated
    ("Thus there are 12 ways.\n\nLet me know if you have 2 more questions!", "12", "last number"),
    ("The result is 5 here. " + "We go on with other steps. " * 30 + "In the end 8 are left", "8", "last number"),
    ("We get several terms and so it equals **36**.", "36", "last bold text"),
    ("Simplifying gives $x^2 + 1$", "x^2 + 1", "last formula"),
    ("We have $a = 2$, and so 7 remain", "7", "last number"),
    ("It costs $5 and later $7.50 in all", "$7.50", "last number"),
    ("That makes 1,250.", "1,250", "last number"),
    ("about -3/4 of it", "-3/4", "last number"),
    # several values that are one answer
    ("We find $n=4$ or $n=9$.", "n=4, n=9", "last formula"),
    ("The roots are $4$, $9$ and $11$.", "4, 9, 11", "last formula"),
    ("The roots are **4** and **9**.", "4, 9", "last bold text"),
    ("So n = 4 or n = 9.", "n = 4, n = 9", "last number"),
    ("The values are 4, 9 and 11.", "4, 9, 11", "last number"),
    ("Hence 12, 13, 14.", "12, 13, 14", "last number"),
    ("The answer is **4** or **9**.", "4, 9", "stated after"),
    ("The answers are $4$ and $9$.", "$4$ and $9$", "stated after"),
    # neighbours that are none
    ("For $n=2$, $x=3$.", "x=3", "last formula"),
    ("Since $a=2$ and $b=3$, $c=5$.", "c=5", "last formula"),
    ("As $y > 0$, $y = 4$.", "y = 4", "last formula"),
    ("In 2020, 45 people came.", "45", "last number"),
    ("She has 5 apples and 3 pears.", "3", "last number"),
    # the expression a number stands in
    ("It is the point (-1, 4).", "(-1, 4)", "last number"),
    ("The interval is [0, 5).", "[0, 5)", "last number"),
    ("The mix is 3:4.", "3:4", "last number"),
    ("Step 3: 12 ways", "12", "last number"),
    ("It leaves at 7:05 AM.", "7:05 AM", "last number"),
    (r"So it is \frac{3}{8}.", r"\frac{3}{8}", "last number"),
    ("The angle is π/5.", "π/5", "last number"),
    ("We obtain x^2 - 3 for it.", "x^2 - 3", "last number"),
    ("Its equation is x^2 + y^2 = 9.", "x^2 + y^2 = 9", "last number"),
    ("16 - 3 - 4 = 9 eggs, so 9 * 2 = $18 a day.", "$18", "last number"),
    ("P(X = 2) = 0.3", "0.3", "last number"),
    ("The area is 12 cm^2.", r"12 \text{ cm }^2", "last number"),
    # remarks after it
    ("That leaves 30 minutes.\n\nI am 80% confident.", r"30 \text{ minutes }", "last number"),
    ("7\n\nReasoning: 3 plus 4.", "7", "last number"),
    ("We get 7.\n\n**Note:** 7.2 was rounded.", "7", "last number"),
    ("So 7 are left. This is because 10 - 3 is 7 and 3 went.", "7", "last number"),
    ("So 7 are left. (There were 10.)", "7", "last number"),
    ("y = 7, since 7 + 3 is 10.", "y = 7", "last number"),
    ('{"result": "7", "tries": 2}', "7", "JSON result"),
    ('{"steps": 3, "final": 7}', "7", "JSON result"),
    # contrasts
    ("The answer is 7 (not 8, as it may seem).", "7", "stated after"),
    ("The answer is 7 and not 8.", "7", "stated after"),
    ("The answer is 7 rather than 8.", "7", "stated after"),
    ("The answer is not 8 but 7.", "7", "stated after"),
    ("The answer is not $8$ but $7$.", "7", "stated after"),
    ("Answer: <strong>7</strong>", "7", "stated after"),
    ("The answer is 7. The answer is not 8.", "7", "stated after"),
    # letters and words
    ("C", "C", "a letter alone"),
    ("**(C)**", "C", "a letter alone"),
    ("C. 31", "C. 31", "a letter alone"),
    ("Option C is correct.", "C", "the letter chosen"),
    ("Thus (C) is the right choice.", "C", "the letter chosen"),
    ("I think it is C, not A.", "C", "the letter chosen"),
    ("应选C。", "C", "the letter chosen"),
    ("故选项C正确", "C", "the letter chosen"),
    ("The answer must be C.", "C", "stated after"),
    ("The answer should be a positive integer. So 5 it is", "5", "last number"),
    ("**No**, it grows without bound.", "No", "last bold text"),
    ("Let A be a point. B is right of it, and so 4 remain", "4", "last number"),
    # headings in a row
    ("The answer is\n**Final Answer**\n\n$42$", "42", "stated after"),
    # it says that there is none
    ("The price cannot be determined, as only 7 weights are known.", "cannot be determined", "said to be unknown"),
    ("It cannot be determined from the first. But with both we get 7.", "7", "last number"),
    ("I cannot find it at once, so let us count: 3 + 4 = 7.", "7", "last number"),
]


@all_cases(("text", "answer", "rule"), FOUND, ids=[text[:40] for text, _, _ in FOUND])
def test_each_form_of_a_final_answer_is_found(text: str, answer: str, rule: str) -> None:
    found = extract(text, is_truncated=False)
    assert found is not None
    assert found.answer.strip("$ ") == answer.strip("$ ")
    assert found.rule.startswith(rule)


@all_cases(
    "text",
    [
        r"<think>it could be \boxed{5}</think>I do not know.",
        r"<think>it could be \boxed{5}",
        r"it could be \boxed{5}</think>I do not know.",
        "<thinking>The answer is 5.</thinking> No idea",
        "",
        "no number at all",
        "I'm sorry, but I can't help with it. It speaks of 7 birds.",
        "I am unable to solve this. It speaks of 7 birds.",
        "The answer isn't 7.",
        "The answer is not 7.",
    ],
)
def test_thoughts_refusals_and_empty_texts_hold_no_answer(text: str) -> None:
    assert extract(text, is_truncated=False) is None


def test_the_answer_after_the_thoughts_counts() -> None:
    found = extract(r"<think>\boxed{5}</think>It is \boxed{6}", is_truncated=False)
    assert found is not None
    assert found.answer == "6"


@all_cases(
    ("text", "answer"),
    [
        ("We add 3 and 4 and get 7, then", None),
        ("so $x = 7$ and", None),
        ("**7** and then", None),
        (r"thus \boxed{7} because", "7"),
        ("Answer: 7\nThis is because", "7"),
        (r"thus \boxed{7", None),
    ],
)
def test_a_truncated_text_holds_only_what_was_stated(text: str, answer: str | None) -> None:
    found = extract(text, is_truncated=True)
    assert (found.answer if found else None) == answer


def test_all_boxes_join_where_the_task_asks_for_several_answers() -> None:
    text = r"For part one we find \boxed{1} after some longer work, and for part two, which is harder, \boxed{2}."
    alone = extract(text, is_truncated=False)
    joined = extract(text, is_truncated=False, is_multipart=True)
    assert alone is not None
    assert alone.answer == "2"
    assert joined is not None
    assert joined.answer == "1, 2"


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["\n", "(", "#### ", "1 ", "**1** and ", "it is not ", "answer: ", "1, since ", "\ncheck:"]
)
def test_a_text_that_repeats_itself_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "1"
    found = extract(text, is_truncated=False)  # 0.3 s at most when this was written; square growth takes minutes
    assert found is None or found.answer in text


@all_cases(
    ("text", "answer"),
    [
        (r'The answer is 1. \boxed{2} {"answer": "3"}', "3"),
        (r'{"answer": "3"} But with the sign: \boxed{2}', "2"),
        (r"<answer>4</answer> Let me correct it: \boxed{8}", "8"),
        (r"\boxed{2} holds for n = 1. So the final answer is 1.", "1"),
        (r"We obtain \boxed{\tfrac{1}{2}}." + "\n\n**Answer: C**", "C"),
        (r"The answer is \boxed{5}", "5"),
    ],
)
def test_of_several_marks_the_last_counts(text: str, answer: str) -> None:
    found = extract(text, is_truncated=False)
    assert found is not None
    assert found.answer == answer
