"""A price list is recognised by its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.pricing.price_lists.read import read_list


@pytest.mark.parametrize("content", ["{}", "[]", "42", '{"a": 1}', "not json"])
def test_what_is_no_list_is_refused_with_what_is_accepted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"list\.json: (is no price list|cannot be read as JSON)"):
        read_list(path)
