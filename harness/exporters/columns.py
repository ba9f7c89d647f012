"""What a column of the exported tables is: its name, its kind, what it means, and how it is read from a row.

One description serves data frames, CSV, JSON Lines, Parquet, Excel and the page docs/data.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

Row = TypeVar("Row")
Value: TypeAlias = str | int | float | bool | datetime | Decimal | None
"""A cell; None: not reported, unknown or no such thing."""


class ColumnKind(Enum):
    """The kinds of values, as the documentation names them."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "true or false"
    INSTANT = "instant, UTC"
    DECIMAL = "decimal"


DTYPE_OF = {
    ColumnKind.TEXT: "string",
    ColumnKind.INTEGER: "Int64",
    ColumnKind.NUMBER: "float64",
    ColumnKind.FLAG: "boolean",
    ColumnKind.INSTANT: "datetime64[us, UTC]",
    ColumnKind.DECIMAL: "object",
}
"""The pandas dtype of each kind. Missing: NaN in float64, NaT in instants, None among decimals, else pd.NA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameColumn(Generic[Row]):
    """One column of an exported table; the unit is the end of its name (`_s`, `_usd`, `_tokens`).

    Dollars are exact decimals; each such column has a floating-point copy beside it (`dollars`).
    """

    name: str
    kind: ColumnKind
    meaning: str
    value: Callable[[Row], Value]


def text(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of texts."""
    return FrameColumn(name=name, kind=ColumnKind.TEXT, meaning=meaning, value=value)


def integer(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of whole numbers."""
    return FrameColumn(name=name, kind=ColumnKind.INTEGER, meaning=meaning, value=value)


def number(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of floating-point numbers."""
    return FrameColumn(name=name, kind=ColumnKind.NUMBER, meaning=meaning, value=value)


def flag(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of truth values."""
    return FrameColumn(name=name, kind=ColumnKind.FLAG, meaning=meaning, value=value)


def instant(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of instants."""
    return FrameColumn(name=name, kind=ColumnKind.INSTANT, meaning=meaning, value=value)


def decimal(name: str, meaning: str, value: Callable[[Row], Value]) -> FrameColumn[Row]:
    """A column of exact decimals that are no dollars."""
    return FrameColumn(name=name, kind=ColumnKind.DECIMAL, meaning=meaning, value=value)


def dollars(name: str, meaning: str, value: Callable[[Row], Value]) -> tuple[FrameColumn[Row], FrameColumn[Row]]:
    """A column of exact US dollars, and the same as floating-point numbers, named `<name>_float`."""

    def as_float(row: Row) -> float | None:
        exact = value(row)
        return None if exact is None else float(exact)  # type: ignore[arg-type]  # a Decimal by the kind of the column

    return decimal(name, meaning, value), number(f"{name}_float", f"`{name}` as a floating-point number", as_float)
