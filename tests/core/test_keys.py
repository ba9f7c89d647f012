"""One digest for the same fields, whatever their order."""

from __future__ import annotations

from harness.core.keys import canonical_json, digest
from harness.core.labels import Effort


def test_fields_in_any_order_have_one_digest() -> None:
    one, other = {"a": Effort.HIGH, "b": frozenset({"y", "x"})}, {"b": ["x", "y"], "a": "high"}
    assert canonical_json(one) == canonical_json(other) == '{"a":"high","b":["x","y"]}'
    assert digest(one) == digest(other) != digest({"a": "low", "b": ["x", "y"]})
