from __future__ import annotations

from harness.core.plurals import counted
from tests.cases import all_cases


@all_cases(
    ("number", "noun", "text"),
    [
        (0, "job", "0 jobs"),
        (1, "job", "1 job"),
        (2, "job", "2 jobs"),
        (1200, "answer", "1,200 answers"),
        (1, "retry", "1 retry"),
        (3, "retry", "3 retries"),
        (2, "key", "2 keys"),
    ],
)
def test_noun_agrees_with_its_number(number: int, noun: str, text: str) -> None:
    assert counted(number, noun) == text


def test_irregular_plural_is_given() -> None:
    assert counted(2, "series", "series") == "2 series"
