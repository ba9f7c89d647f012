"""Which format a file has."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.importers.recognise import FORMATS, format_of
from harness.importers.source_files import SourceFiles


def test_names_of_formats_are_distinct() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)


def test_unknown_content_names_the_formats(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(DataError, match=r"no known format in x\.txt; known: hal, openhands"):
        format_of(SourceFiles([tmp_path / "x.txt"]))
