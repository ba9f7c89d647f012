"""What every test may ask for: the development data beside the checkout, skipped loudly where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder with development data; a test that asks for it carries the mark `shared(path)`."""
    return SHARED


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, loudly, what needs the development data where there is none.

    Where the folder exists nothing is skipped: a test whose part of it is missing runs and fails.
    """
    if SHARED.is_dir():
        return
    for item in items:
        mark = item.get_closest_marker("shared")
        if mark is not None:
            item.add_marker(pytest.mark.skip(reason=f"NEEDS SHARED DATA: ../shared/{mark.args[0]} is missing"))
