"""What an argument of a tool call is compared with."""

from __future__ import annotations

import pytest

from harness.core.errors import DataError
from harness.core.types import Json
from harness.grading.tool_calls.expected import example_of, meets, read_target
from tests.cases import all_cases

ACCEPTED: list[tuple[Json, list[Json], list[Json]]] = [
    ("Oslo", ["Oslo", " oslo", "OSLO."], ["Oslo, Norway", 5, None, ["Oslo"]]),
    ("东京", ["东京", "东京。"], ["京都"]),
    (5, [5, 5.0], ["5", 6, True, None]),
    (1732000000, [1732000000, 1732000000.0], [1732000001, 1732000001.0, 10**400]),
    (12345678901234567, [12345678901234567], [12345678901234568]),
    (5, [5.000000000001], [5.0001]),
    (1e-10, [1e-10], [5e-10, 0, 10**400]),
    (0.3, [0.1 + 0.2], [0.300001]),
    (True, [True], [1, "true", False]),
    (None, [None], ["", 0, False]),
    ([1, 2], [[1, 2]], [[2, 1], [1], [1, 2, 3], "12"]),
    ({"a": 1, "b": {"$optional": 2}}, [{"a": 1}, {"a": 1, "b": 2}], [{"a": 1, "b": 3}, {"b": 2}, {"a": 1, "c": 1}, []]),
    ({"$any": ["NYC", "New York"]}, ["nyc", "new york"], ["Newark"]),
    ({"$near": 80.47, "$within": 0.5}, [80, 80.4672], [81, "80.47", True, 10**400]),
    ({"$exact": "tKim"}, ["tKim", " tKim "], ["tkim"]),
    ({"$contains": ["build", "green"]}, ["The build is Green again"], ["The build is red", 3]),
    ({"$items": ["a", "b"]}, [["a", "b"], ["b", "a"]], [["a", "a"], ["a"], "ab"]),
]


@all_cases(("expected", "accepted", "refused"), ACCEPTED)
def test_types_count_and_the_way_of_writing_does_not(expected: Json, accepted: list[Json], refused: list[Json]) -> None:
    assert [value for value in accepted if not meets(value, expected)] == []
    assert [value for value in refused if meets(value, expected)] == []
    assert meets(example_of(expected), expected)


MISSPELT = '{"calls": [{"name": "f", "arguments": {"a": [{"$nearby": 1, "$within": 2}]}}]}'


@all_cases(
    "target",
    ["", "[]", '{"calls": {}}', '{"calls": [{"name": "f"}]}', '{"calls": [{"name": 1, "arguments": {}}]}', MISSPELT],
)
def test_another_form_of_target_is_refused(target: str) -> None:
    with pytest.raises(DataError):
        read_target(target)
