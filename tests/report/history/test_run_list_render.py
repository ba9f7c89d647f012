"""The list of runs in every format."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.report.history.run_list import list_runs
from harness.report.history.run_list_render import run_list_document
from harness.report.render.formats import OutputFormat, render
from tests.report.history.listed_runs import SPENT, empty_folder, write_run
from tests.report.runs import NOON


@pytest.mark.parametrize("form", list(OutputFormat))
def test_every_format_lists_the_runs(form: OutputFormat, tmp_path: Path) -> None:
    write_run(tmp_path / "good")
    empty_folder(tmp_path / "odd")
    document = run_list_document(list_runs(tmp_path), tmp_path, now=NOON + timedelta(hours=5))
    shown = render(document, form)
    match form:
        case OutputFormat.CSV:
            good, odd = csv.DictReader(io.StringIO(shown))
            assert (good["run"], Decimal(good["spent_usd"]), good["age_s"]) == ("good", 2 * SPENT, "18000")
            assert (odd["state"], odd["finished"]) == ("no run", "")
        case OutputFormat.JSON:
            good = json.loads(shown)["runs"][0]
            assert (good["models"], Decimal(good["spent_usd"]), good["problem"]) == (["acme/one"], 2 * SPENT, None)
        case _:
            assert "5 h" in shown
            assert "1 folder without manifest.json, so not a run: odd" in shown
