"""Files of other tools, written and imported."""

from __future__ import annotations

import json
from pathlib import Path

from harness.importers.recognise import format_of
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles

REPLY = {
    "id": "gen-1763645729-abc",
    "model": "minimax/minimax-m2",
    "provider": "Minimax",
    "created": 1764288000,  # 2025-11-28
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It is 4."}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
}


def read(path: Path, expected: str, **columns: str) -> ImportedResults:
    """The results, once the format has been recognised as the expected one."""
    files = SourceFiles([path])
    found = format_of(files)
    assert found.name == expected
    return found.read(files, ImportOptions(columns=columns))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
