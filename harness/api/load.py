"""`harness.load`: a run folder as data frames, computed from its files when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.report.run_report.report import RunReport
from harness.store.remote.address import is_address
from harness.store.remote.fetch import fetch_run

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = (
    "task",
    "model",
    "n",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "failed",
    "spent_usd_float",
    "seconds_per_task",
)
"""Columns of `summary` that Jupyter shows."""


class Run:
    """The data of one run. Columns, dtypes and units: docs/data.md.

    Each frame is read once and kept. Nothing is sent, and the files are not changed.
    """

    def __init__(self, data: RunData) -> None:
        self._data = data

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._data.run.path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self._data.run.name

    @cached_property
    def _report(self) -> RunReport:
        return build_run_report(self._data)

    @property
    def mode(self) -> str:
        """`live`, `SIMULATED`, or both."""
        return self._report.mode

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the numbers (unknown dollars, failures, open jobs); `harness report` prints it."""
        return self._report.notes

    @property
    def is_complete(self) -> bool:
        """Whether every planned job has ended."""
        return self._report.is_complete

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per job (sample x model x repeat) with at least one outcome."""
        return self._frame("samples")

    @cached_property
    def attempts(self) -> pd.DataFrame:
        """One row per request with an outcome, with its text."""
        return self._frame("attempts")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per task and model: the figures of `harness report`."""
        return self._frame("summary")

    @cached_property
    def bills(self) -> pd.DataFrame:
        """One row per line of each attempt's bill."""
        return self._frame("bills")

    def _frame(self, name: str) -> pd.DataFrame:
        from harness.api.frames import frame_of  # pandas takes a second to import: only for a frame

        return frame_of(TABLES[name], self._data)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def _repr_html_(self) -> str:
        """The summary with its notes, for Jupyter."""
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        table = self.summary[list(_SHOWN)].to_html(index=False, na_rep="?", float_format="{:.4g}".format)
        return f"<p><b>{escape(self.name)}</b> ({escape(self.mode)})</p>{table}<ul>{notes}</ul>"


def load(run: str | PathLike[str]) -> Run:
    """Open a run folder, such as `results/NAME`, or a run in a store, such as `s3://bucket/path/NAME`, for reading.

    Raises UsageError where there is no run, LocalError where its files cannot be read; both are HarnessErrors.
    """
    place = str(run)
    return Run(RunData.load(fetch_run(place) if is_address(place) else Path(run)))
