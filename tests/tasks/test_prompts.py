"""The instruction that a user's prompt gets: by grader, in the prompt's language, and only where it is missing."""

from __future__ import annotations

import pytest

from harness.tasks.prompts import FUNCTION_ZH, MATH, MATH_ZH, VALUE_ZH, for_grader, is_chinese
from tests.cases import all_cases


@pytest.mark.parametrize(("grader", "instruction"), [("math", MATH_ZH), ("code", FUNCTION_ZH), ("literal", VALUE_ZH)])
def test_chinese_prompt_gets_a_chinese_instruction(grader: str, instruction: str) -> None:
    assert (
        for_grader("小明有三个苹果，吃了一个，还剩几个？", grader)
        == f"小明有三个苹果，吃了一个，还剩几个？\n\n{instruction}"
    )


@all_cases(
    ("text", "expected"),
    [
        ("求函数的极限：$\\lim_{x \\to \\infty} \\frac{\\sin x}{x}$", True),
        ("计算 \\(\\operatorname{lcm}(12, 18)\\) 的值", True),
        ("写一个函数：\n```python\ndef total(values: list[int]) -> int:\n    return sum(values)\n```", True),
        ("What does 你好 mean in English?", False),
        ("What is 1+1?", False),
        ("りんごが三個あります。一個食べました。残りは何個ですか。", False),
        ("사과가 세 개 있습니다.", False),
        ("", False),
    ],
)
def test_language_is_that_of_the_prose(text: str, expected: bool) -> None:
    assert is_chinese(text) is expected


def test_english_prompt_gets_an_english_instruction() -> None:
    assert for_grader("What is 1+1?", "math") == f"What is 1+1?\n\n{MATH}"


@pytest.mark.parametrize(
    ("prompt", "grader"),
    [("答案写在 \\boxed{} 中：1+1=?", "math"), ("写 ```python 代码", "code"), ("写在 [ANSWER] 之间", "literal")],
)
def test_prompt_that_asks_for_the_form_stays_as_it_is(prompt: str, grader: str) -> None:
    assert for_grader(prompt, grader) == prompt
