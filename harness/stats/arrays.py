"""Names of the arrays that cross the borders of harness.stats, and the checks made there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Counts: TypeAlias = npt.NDArray[np.int64]


def as_floats(values: npt.ArrayLike, *, what: str, dimensions: int) -> Floats:
    """The values as float64 of that many dimensions; raises ValueError, naming `what`, for others or for NaN."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != dimensions:
        raise ValueError(f"{what}: expected {dimensions} dimension(s), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what}: every number must be finite; what is not known belongs in a mask")
    return array


def same_length(**columns: Floats) -> int:
    """The common number of samples; raises ValueError naming the lengths where they differ."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"arrays must be aligned by sample, got lengths {lengths}")
    return next(iter(lengths.values()))


@dataclass(frozen=True, slots=True, eq=False)
class AtMostOne(Sequence[Floats]):
    """Groups of one value or none each, kept as the values and a mask: as a list, 30,000 arrays take 20 ms to build."""

    values: Floats
    known: Flags

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> Floats: ...

    @overload
    def __getitem__(self, place: slice) -> AtMostOne: ...

    def __getitem__(self, place: int | slice) -> Floats | AtMostOne:
        if isinstance(place, slice):
            return AtMostOne(self.values[place], self.known[place])
        return self.values[[place]] if self.known[place] else self.values[:0]

    @property
    def held(self) -> Floats:
        """The values there are."""
        return self.values[self.known]
