"""Kinds of columns: dollars are exact, with a floating-point copy beside them."""

from __future__ import annotations

from decimal import Decimal

from harness.exporters.columns import DTYPE_OF, ColumnKind, dollars


def test_dollars_are_two_columns_and_an_unknown_amount_is_empty_in_both() -> None:
    exact, copy = dollars("usd", "what it cost", lambda row: row)
    assert (exact.name, exact.kind, copy.name, copy.kind) == (
        "usd",
        ColumnKind.DECIMAL,
        "usd_float",
        ColumnKind.NUMBER,
    )
    assert (exact.value(Decimal("0.1")), copy.value(Decimal("0.1"))) == (Decimal("0.1"), 0.1)
    assert (exact.value(None), copy.value(None)) == (None, None)


def test_every_kind_has_a_type_of_data_frames_that_can_be_missing() -> None:
    assert DTYPE_OF.keys() == set(ColumnKind)
    assert not {"int64", "bool"} & set(DTYPE_OF.values())  # these hold no missing value
