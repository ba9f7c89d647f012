"""`harness.compare`: models of one or several runs in pairs, as `harness compare` does it, for Python."""

from __future__ import annotations

import os
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from harness.api.load import Run
from harness.core.errors import UsageError
from harness.report.comparison.build import ModelComparison, compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.render import document
from harness.report.run_data.load import RunData

if TYPE_CHECKING:
    import pandas as pd


class Comparison:
    """Models on the samples they share, each against a baseline model and each before and after (docs/comparing.md)."""

    def __init__(self, found: ModelComparison) -> None:
        self._found = found
        self._document = document(found)

    @property
    def mode(self) -> str:
        """`live`, `SIMULATED`, or both."""
        return self._document.mode

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the numbers."""
        return self._document.notes

    @property
    def record(self) -> object:
        """The whole comparison as plain values: what `harness compare --format json` prints."""
        return self._document.record

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per table and model: the figures of `harness compare --format csv`; missing is NaN or None."""
        return self._frame("models")

    @cached_property
    def before_after(self) -> pd.DataFrame:
        """One row per table and model that is in several runs; the columns of `table` hold the later run's figures."""
        return self._frame("before and after")

    @cached_property
    def flips(self) -> pd.DataFrame:
        """One row per model and sample whose grade differs between two runs, with the verdicts of both."""
        import pandas as pd

        return pd.DataFrame(
            [
                (row.label, row.first.run, row.second.run, flip.task, flip.sample, flip.before, flip.after)
                for table in self._found.before_after
                if len(table.tasks) == 1
                for row in table.rows
                for flip in row.flips
            ],
            columns=["model", "run_before", "run_after", "task", "sample_id", "before", "after"],
            dtype="string",
        )

    def _frame(self, comparison: str) -> pd.DataFrame:
        import pandas as pd  # takes a second: only for a frame

        flat = self._document.flat
        rows = [row for row in flat.rows if row["comparison"] == comparison]
        return pd.DataFrame([{key: row.get(key) for key in flat.keys} for row in rows], columns=list(flat.keys))

    def __repr__(self) -> str:
        return f"Comparison({self._document.title!r})"

    def _repr_html_(self) -> str:
        """The table with its notes, for Jupyter."""
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        shown = self.table.dropna(axis="columns", how="all").to_html(
            index=False, na_rep="", float_format="{:.4g}".format
        )
        return f"<p><b>{escape(self._document.title)}</b> ({escape(self.mode)})</p>{shown}<ul>{notes}</ul>"


def compare(*runs: Run | str | os.PathLike[str], baseline: str | None = None, allow_mixed: bool = False) -> Comparison:
    """Compare the models of the runs in pairs. `baseline`: its label (default: the first model of the first run).

    Raises UsageError for runs that cannot be compared; `allow_mixed` compares them all the same and notes what differs.
    """
    if not runs:
        raise UsageError("compare needs at least one run: its folder, or what harness.load returned")
    folders = [run.path if isinstance(run, Run) else Path(run) for run in runs]
    loaded = load_compared_runs([RunData.load(folder) for folder in folders], allow_mixed=allow_mixed)
    return Comparison(compare_models(loaded, baseline=baseline))
