"""What may enter harness.stats: finite numbers of the stated dimensions, aligned by sample."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.arrays import as_floats, same_length


def test_whole_numbers_and_flags_become_floats() -> None:
    assert as_floats([1, 0, True], what="x", dimensions=1).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_known_is_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="dollars: every number must be finite"):
        as_floats([1.0, value], what="dollars", dimensions=1)


def test_other_dimensions_are_refused_with_the_shape() -> None:
    with pytest.raises(ValueError, match=r"dollars: expected 2 dimension\(s\), got shape \(3,\)"):
        as_floats([1, 2, 3], what="dollars", dimensions=2)


def test_columns_are_aligned_or_refused_with_their_lengths() -> None:
    assert same_length(a=np.zeros(3), b=np.zeros(3)) == 3
    with pytest.raises(ValueError, match=r"\{'a': 3, 'b': 2\}"):
        same_length(a=np.zeros(3), b=np.zeros(2))
