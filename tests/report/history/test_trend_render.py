"""A trend in every format."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.report.history.trend import build_trend
from harness.report.history.trend_render import trend_document
from harness.report.render.formats import OutputFormat, render
from tests.report.history.trend_runs import DOUBLED, RIGHT, WRONG, write_run


@pytest.mark.parametrize("form", list(OutputFormat))
def test_every_format_has_the_runs_and_their_changes(form: OutputFormat, tmp_path: Path) -> None:
    write_run(tmp_path / "a", [RIGHT] * 4)
    write_run(tmp_path / "b", [RIGHT] * 3 + [WRONG], days=1, price=DOUBLED)
    shown = render(trend_document(build_trend(tmp_path, "acme/one", ("sums",))), form)
    match form:
        case OutputFormat.CSV:
            first, second = csv.DictReader(io.StringIO(shown))
            assert (first["run"], first["change"], Decimal(first["spent_usd"])) == ("a", "", Decimal("0.0056"))
            assert (second["change"], second["changes"]) == ("-0.25", "list price 1 / 4 USD to 2 / 8 USD")
        case OutputFormat.JSON:
            first, second = json.loads(shown)["tasks"][0]["runs"]
            assert "change" not in first
            assert (second["change"], Decimal(second["usd_per_job"])) == (-0.25, Decimal("0.0028"))
            assert second["versions"]["list_price"] == "2 / 8 USD"
        case _:
            assert "list price 1 / 4 USD to 2 / 8 USD" in shown
            assert "-25.0 [" in shown
