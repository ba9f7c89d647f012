"""core-math-fresh: answers agree with a second derivation over many seeds; sets are reproducible, varied, pinned."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import UsageError
from harness.core.types import Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.mock.answers import answer_text
from harness.tasks.generate import PER_TEMPLATE, TEMPLATES, fresh_rows, problems
from harness.tasks.load import LoadedTask, content_hash, load_task
from harness.tasks.templates.base import Template
from tests.cases import all_cases
from tests.tasks.fresh_checks import CHECKS

BY_NAME = {template.name: template for template in TEMPLATES}

_NUMBER = re.compile(r"\d+")


def load(name: str) -> LoadedTask:
    return load_task(name, cwd=Path("/"), data_dir=None)


def mistaken(template: Template, seed: int, count: int) -> list[str]:
    """The problems whose answer another derivation does not find."""
    drawn = problems(template, seed, count)
    return [f"{one.en} {one.given}" for one in drawn if one.answer != CHECKS[template.name](**one.given)]


def test_every_template_has_exactly_one_check() -> None:
    assert sorted(BY_NAME) == sorted(CHECKS)
    assert len(BY_NAME) == len(TEMPLATES) == 45


@all_cases("name", BY_NAME)
def test_answers_agree_with_another_derivation(name: str) -> None:
    assert mistaken(BY_NAME[name], 2026, 4) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_answers_agree_with_another_derivation_over_many_seeds(name: str) -> None:
    assert [text for seed in range(60) for text in mistaken(BY_NAME[name], seed, 3)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_every_template_holds_hundreds_of_problems(name: str) -> None:
    assert len(problems(BY_NAME[name], 1, 300)) == 300


IN_ORDER = {  # the parameters as the numbers of the English statement name them, from left to right
    "change": "p q a b paid",
    "two-percentages": "price up down",
    "minutes": "h m g n days",
    "path-around": "a b w",
    "shares": "total ratio",
    "added-number": "n before after",
    "multiples": "low high k",
    "average-speed": "u v",
    "brackets": "a b c d 2 e",
    "power-remainder": "base exponent modulus",
    "divisor-sum": "number 1 number",
    "divisible-not": "1 top a b c",
    "coprime-sum": "number number 1",
    "factorial-zeros": "n base",
    "committee": "women men size least",
    "two-dice": "1 a 1 b most",
    "urn": "red blue drawn wanted",
    "paths": "0 0 m n 1 a b c d",
    "words": "n k most",
    "ruin": "start wins out_of goal goal",
    "triangle-area": "points",
    "altitude": "a b",
    "three-sides": "a b c",
    "same-base": "left p q right r s",
    "integral": "low high coefficients",
    "best-product": "a b total m n",
}


@all_cases("name", IN_ORDER)
def test_the_statement_gives_the_numbers_that_the_answer_is_derived_from(name: str) -> None:
    for problem in problems(BY_NAME[name], 13, 20):
        wanted: list[int] = []
        for word in IN_ORDER[name].split():
            value = int(word) if word.isdecimal() else problem.given[word]
            wanted += [value] if isinstance(value, int) else value
        # powers of x and names such as x_1 are no parameters, and a coefficient of 1 or 0 is not written
        plain = re.sub(r"x\^\d(?=[^}]*\\, dx)|sqrt", "", problem.en)
        found = [int(number) for number in _NUMBER.findall(plain)]
        sparse = name in {"same-base", "integral", "best-product"}
        assert [n for n in found if n > 1 or not sparse] == [abs(n) for n in wanted if abs(n) > 1 or not sparse]


@all_cases("name", BY_NAME)
def test_both_languages_state_the_same_numbers(name: str) -> None:
    for problem in problems(BY_NAME[name], 11, 12):
        assert Counter(_NUMBER.findall(problem.en)) == Counter(_NUMBER.findall(problem.zh))
        assert not re.search(r"[一-鿿]", problem.en)
        assert re.search(r"[一-鿿]{2}", problem.zh)


@all_cases("name", BY_NAME)
def test_formulas_are_closed_and_the_same_in_both_languages(name: str) -> None:
    for problem in problems(BY_NAME[name], 12, 12):
        assert problem.en.count("$") % 2 == 0
        assert Counter(problem.en.split("$")[1::2]) == Counter(problem.zh.split("$")[1::2])
        assert problem.en.count("{") == problem.en.count("}")
        assert not re.search(r"[-+] [-+]|\b1x\b|\b0x\b|--|\+-", problem.en)


@all_cases("name", BY_NAME)
def test_no_constant_guesses_the_answers(name: str) -> None:
    answers = Counter(problem.answer for problem in problems(BY_NAME[name], 5, 60))
    assert answers.most_common(1)[0][1] <= 6  # 10%


@all_cases("name", BY_NAME)
def test_the_answer_rarely_stands_in_the_statement(name: str) -> None:
    found = problems(BY_NAME[name], 6, 60)
    assert sum(problem.answer in _NUMBER.findall(problem.en) for problem in found) <= 6  # 10%


def test_a_set_has_three_tiers_and_no_problem_twice() -> None:
    rows = fresh_rows(7)
    assert len(rows) == PER_TEMPLATE * len(TEMPLATES) == 135
    assert len({str(row["en"]) for row in rows}) == len({str(row["zh"]) for row in rows}) == len(rows)
    tiers = Counter(str(row["tier"]) for row in rows)
    assert set(tiers) == {"easy", "medium", "hard"}
    assert min(tiers.values()) >= 30


@given(st.integers(0, 10**18 - 1))
def test_any_seed_gives_a_full_set_the_same_twice(seed: int) -> None:
    template = TEMPLATES[seed % len(TEMPLATES)]
    found = problems(template, seed, PER_TEMPLATE)
    assert found == problems(template, seed, PER_TEMPLATE)
    assert len({problem.en for problem in found}) == PER_TEMPLATE


def test_other_seeds_give_other_problems() -> None:
    first, second = ({str(row["en"]) for row in fresh_rows(seed)} for seed in (1, 2))
    assert len(first & second) <= 3  # small templates may meet by chance


def test_another_process_with_other_hash_seed_makes_the_same_set(root: Path) -> None:
    program = "import json; from harness.tasks.generate import fresh_rows; print(json.dumps(fresh_rows(42)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(root), "PYTHONHASHSEED": "123", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == fresh_rows(42)


@pytest.mark.parametrize("name", ["core-math-fresh", "core-math-fresh-zh"])
def test_the_pinned_seed_meets_its_pin_also_when_named(name: str) -> None:
    loaded = load(name)
    assert loaded.content_hash == loaded.task.content_hash == load(f"{name}:2026").task.content_hash
    assert load(f"{name}:2026").task.name == name


def test_another_seed_is_a_task_of_its_own_with_its_hash_recorded() -> None:
    loaded = load("core_math_fresh:0007")
    assert loaded.task.name == "core-math-fresh:7"
    assert loaded.task.content_hash is None
    assert loaded.content_hash == content_hash(loaded.samples) != load("core-math-fresh").content_hash
    assert loaded.origin == "generated with seed 7"


def test_both_languages_pair_by_id() -> None:
    english, chinese = load("core-math-fresh:9").samples, load("core-math-fresh-zh:9").samples
    assert [(s.id, s.target) for s in english] == [(s.id, s.target) for s in chinese]
    assert all(a.prompt != b.prompt for a, b in zip(english, chinese, strict=True))


@all_cases(
    ("name", "message"),
    [
        ("core-math-fresh:", "'' is not a seed; accepted: core-math-fresh:SEED"),
        ("core-math-fresh:-1", "'-1' is not a seed"),
        ("core-math-fresh:٣", "is not a seed"),
        ("core-math-fresh:1234567890123456789", "at most 18 digits"),
        ("core-math:3", "core-math is read and not generated, so it has no seeds"),
        ("core-math-frech:3", "did you mean core-math-fresh"),
    ],
)
def test_a_wrong_seed_is_refused_with_what_is_accepted(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        load(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["core-math-fresh", "core-math-fresh-zh", "core-math-fresh:31"])
def test_references_grade_correct_and_simulated_wrong_answers_wrong(name: str) -> None:
    grader = make_grader("math", GraderOptions())
    try:
        for sample in load(name).samples:
            for is_correct, verdict in ((True, Verdict.CORRECT), (False, Verdict.WRONG)):
                text = answer_text(sample, is_correct=is_correct, tokens=40, text_seed=3)
                grade = grader.grade(sample, text, is_truncated=False)
                assert grade.verdict is verdict, (sample.id, text[-80:], grade)
    finally:
        grader.close()
