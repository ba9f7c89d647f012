"""A run folder that this code must not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from tests.report.runs import RunWriter, endpoint


def test_manifest_of_another_schema_is_refused_with_both_numbers(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[endpoint()], samples=1)
    writer.close()
    writer.run.rewrite_manifest(replace(writer.run.manifest(), schema_version=3))
    with pytest.raises(LocalError, match=r"written by harness 0 in schema 3; this one reads schema 2"):
        writer.run.manifest()
