"""The data of a run whose contents are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.report.run_data.load import RunData
from tests.exporters.runs import write_run


@pytest.fixture
def data(tmp_path: Path) -> RunData:
    return RunData.load(write_run(tmp_path / "mine"))
