"""Extraction: each rule on its own, their order, and what never counts."""

from __future__ import annotations

import pytest

from harness.grading.math.extract import extract

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
]


@pytest.mark.parametrize(("text", "answer", "rule"), FOUND, ids=[text[:40] for text, _, _ in FOUND])
def test_each_form_of_a_final_answer_is_found(text: str, answer: str, rule: str) -> None:
    found = extract(text, is_truncated=False)
    assert found is not None
    assert found.answer.strip("$ ") == answer.strip("$ ")
    assert found.rule.startswith(rule)


@pytest.mark.parametrize(
    "text",
    [
        r"<think>it could be \boxed{5}</think>I do not know.",
        r"<think>it could be \boxed{5}",
        r"it could be \boxed{5}</think>I do not know.",
        "<thinking>The answer is 5.</thinking> No idea",
        "",
        "no number at all",
    ],
)
def test_thoughts_and_empty_texts_hold_no_answer(text: str) -> None:
    assert extract(text, is_truncated=False) is None


def test_the_answer_after_the_thoughts_counts() -> None:
    found = extract(r"<think>\boxed{5}</think>It is \boxed{6}", is_truncated=False)
    assert found is not None
    assert found.answer == "6"


@pytest.mark.parametrize(
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


def test_json_outranks_a_box_and_a_box_outranks_a_statement() -> None:
    text = r'The answer is 1. \boxed{2} {"answer": "3"}'
    found = extract(text, is_truncated=False)
    assert found is not None
    assert found.answer == "3"
    boxed = extract(r"\boxed{2} The answer is 1.", is_truncated=False)
    assert boxed is not None
    assert boxed.answer == "2"
