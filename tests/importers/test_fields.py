"""Values of another kind are one message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DataError
from harness.importers.recognise import FORMATS, format_of, read_source
from harness.importers.results import ImportOptions
from harness.importers.source_files import SourceFiles

WRONG_INSIDE: dict[str, Any] = {
    "promptfoo": {
        "results": {"results": [{"provider": "p", "success": True, "promptIdx": 0, "prompt": 1, "cost": []}]}
    },
    "inspect": {"eval": {"model": "m", "task": "t"}, "samples": ["not a sample"]},
    "atif": {"schema_version": "ATIF-v1.2", "agent": {"model_name": "m"}, "steps": {"a": 1}},
    "swebench": {"model": {"a__1": {"resolved": True, "cost": {"usd": 1}}}},
    "arc-prize": [{"datasetId": "d", "modelId": "m", "score": {"a": 1}}],
}


@pytest.mark.parametrize("name", sorted(WRONG_INSIDE))
def test_values_of_another_kind_are_one_message(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(WRONG_INSIDE[name]))
    files = SourceFiles([tmp_path / "x.json"])
    assert name in {one.name for one in FORMATS}
    with pytest.raises(DataError, match=r"x\.json"):
        read_source(files, format_of(files, name), ImportOptions())
