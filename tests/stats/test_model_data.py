"""Arrays of one model: flags that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.stats.model_data import Measured
from tests.stats.runs_by_hand import SMALL, model


def test_flags_that_contradict_each_other_are_refused() -> None:
    data = model(SMALL)
    with pytest.raises(ValueError, match="correct must only hold where graded does"):
        replace(data, graded=np.zeros_like(data.graded))
    with pytest.raises(ValueError, match="ttft_s has shape"):
        replace(data, ttft_s=Measured(values=np.zeros((1, 1)), known=np.ones((1, 1), dtype=bool)))
