"""Many cases in one test: all run, each failure is listed, and what does not fit is refused."""

from __future__ import annotations

import inspect

import pytest

from tests.cases import DAYS, all_cases, part_of_the_day


def test_every_case_runs_and_each_failure_is_listed_with_its_values() -> None:
    seen = []

    @all_cases("top", ["a", "b"])
    @all_cases(("number", "root"), [(4, 2), (9, 4), (16, 5)])
    def test_roots(number: int, root: int, top: str, step: int) -> None:
        seen.append((top, number))
        assert root * root == number * step
        with pytest.raises(ZeroDivisionError):  # a failure of pytest that is no Exception
            assert top == "a" or 1 / 0
        if number == 16:
            pytest.skip("nobody would see it")

    assert list(inspect.signature(test_roots).parameters) == ["step"]
    with pytest.raises(BaseExceptionGroup, match=r"^5 of 6 cases failed: 4-2-a; 9-4-a; 9-4-b; 16-5-a; 16-5-b") as found:
        test_roots(step=1)
    assert seen == [(top, number) for number in (4, 9, 16) for top in "ab"]
    notes = [error.__notes__ for error in found.value.exceptions]
    assert notes[:2] == [["in case 4-2-a"], ["in case 9-4-a"]]
    assert isinstance(found.value.exceptions[1], AssertionError)


def test_cases_that_all_hold_pass() -> None:
    @all_cases("number", [1, pytest.param(2, id="two"), 3], ids=lambda value: f"n{value}")
    def test_positive(number: int) -> None:
        assert number > 0

    test_positive()
    assert [case.id for case in test_positive.cases] == ["n1", "two", "n3"]  # type: ignore[attr-defined]


def test_a_fixture_that_each_case_needs_for_itself_is_refused() -> None:
    def test_file(name: str, tmp_path: object) -> None:
        raise AssertionError(name, tmp_path)

    with pytest.raises(TypeError, match=r"test_file asks for tmp_path: use pytest\.mark\.parametrize"):
        all_cases("name", ["a"])(test_file)


def test_no_case_a_mark_and_a_missing_value_are_refused() -> None:
    with pytest.raises(TypeError, match="no case of name"):
        all_cases("name", [])
    with pytest.raises(TypeError, match="case 1 has a mark"):
        all_cases("name", ["a", pytest.param("b", marks=pytest.mark.slow)])
    with pytest.raises(TypeError, match="not one value for each of a, b"):
        all_cases("a, b", [(1, 2, 3)])


def test_a_part_of_the_day_is_a_third_that_each_day_begins_elsewhere() -> None:
    part = part_of_the_day(range(99))
    assert len(part) == 99 / DAYS
    assert part[0] in range(DAYS)
    assert part[1] - part[0] == DAYS
