"""The columns of a run's report, and the pages that explain them."""

from __future__ import annotations

from pathlib import Path

from harness.report.run_report.columns import COLUMNS
from harness.report.speed.columns import COLUMNS as SPEED_COLUMNS

NUMBERS = Path(__file__).resolve().parents[3] / "docs" / "numbers.md"


def explained() -> list[str]:
    """The titles in the first cells of the tables of docs/numbers.md, in order."""
    rows = [line.split(" | ")[0].removeprefix("| ") for line in NUMBERS.read_text().splitlines() if line[:2] == "| "]
    return [title.strip("`") for cell in rows for title in cell.split(", ")]


def test_every_column_says_what_it_means() -> None:
    keys = [column.key for column in COLUMNS]
    assert len(set(keys)) == len(keys)
    assert [column.key for column in COLUMNS if len(column.meaning.split()) < 4] == [], "their meaning is too short"


def test_docs_explain_exactly_these_columns_in_this_order() -> None:
    titles = [column.title for column in COLUMNS]
    table = NUMBERS.read_text().partition("| column | computed as |\n|---|---|\n")[2].partition("\n\n")[0]
    shown = [cell for line in table.splitlines() for cell in line.split(" | ")[0].removeprefix("| ").split(", ")]
    assert shown == titles, "each column of the report has a row in docs/numbers.md, in the order of COLUMNS"


def test_docs_explain_the_columns_of_speed() -> None:
    told = explained()
    for column in SPEED_COLUMNS:
        shared = {"errors", "input tok", "output tok", "$ spent"}  # explained above, for the report
        families = {"ratio to first", "TTFT", "tok/s", "chars/s", "latency p50"}
        assert column.title in told or column.title in shared or any(name in column.title for name in families)
