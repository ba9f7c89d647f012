"""docs/mock.md names every dialect, every field of a step and every field of a simulated model."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.simulation import Faults, Simulation
from harness.mock.faults import ScriptedStep
from harness.mock.formats.base import ErrorKind
from harness.mock.formats.known import FORMATS


@pytest.mark.parametrize(
    "names",
    [
        FORMATS,
        ScriptedStep.model_fields,
        Simulation.model_fields,
        Faults().chances(),
        [kind.value for kind in ErrorKind],
    ],
    ids=["dialects", "step", "simulation", "faults", "causes"],
)
def test_the_page_names_them_all(root: Path, names: list[str]) -> None:
    page = (root / "docs" / "mock.md").read_text(encoding="utf-8")
    assert [name for name in names if name not in page] == []
