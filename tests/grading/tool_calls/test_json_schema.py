"""Whether arguments fit a schema."""

from __future__ import annotations

from harness.core.types import Json
from harness.grading.tool_calls.json_schema import schema_errors, unknown_keywords
from tests.cases import all_cases

SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "minimum": 1, "maximum": 9},
        "unit": {"type": "string", "enum": ["m", "km"]},
        "ids": {"type": "array", "items": {"type": "string", "pattern": "^V"}, "minItems": 1, "maxItems": 2},
        "at": {"type": ["string", "null"]},
        "inner": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
    },
    "required": ["n"],
}


@all_cases(
    ("value", "error"),
    [
        ({"n": 3, "unit": "km", "ids": ["V1"], "at": None, "inner": {"x": 1.5}}, None),
        ({"n": 3.0, "further": 1}, None),  # 3.0 is an integer; further fields are allowed unless they are forbidden
        ({}, "arguments.n is missing"),
        ({"n": True}, "arguments.n is boolean, the schema says integer"),
        ({"n": 3.5}, "arguments.n is number, the schema says integer"),
        ({"n": 10}, "arguments.n is 10, outside of minimum and maximum"),
        ({"n": 3, "unit": "cm"}, "arguments.unit is 'cm', which is not one of the enum"),
        ({"n": 3, "ids": []}, "arguments.ids has the wrong number of items: 0"),
        ({"n": 3, "ids": ["V1", "W2"]}, "arguments.ids[1] is 'W2', which does not match ^V"),
        ({"n": 3, "at": 5}, "arguments.at is integer, the schema says string or null"),
        ({"n": 3, "inner": {}}, "arguments.inner.x is missing"),
        ([], "arguments is array, the schema says object"),
    ],
)
def test_the_first_error_names_the_place(value: Json, error: str | None) -> None:
    assert next(schema_errors(value, SCHEMA), None) == error


def test_forbidden_further_fields_and_unknown_keywords() -> None:
    closed: dict[str, Json] = {"type": "object", "properties": {}, "additionalProperties": False}
    assert list(schema_errors({"a": 1}, closed)) == ["arguments.a is not in the schema"]
    assert unknown_keywords(SCHEMA) == []
    assert unknown_keywords({"oneOf": [], "items": {"not": {}}, "properties": {"p": {"$ref": "#"}}}) == [
        "$ref",
        "not",
        "oneOf",
    ]
