"""A static site of runs: an index with a leaderboard, and a page for each run.

Each figure leads to its evidence: command, run, counts, price row, what must be known of it. No key and no local path
is published: commands and messages are cleaned, and texts of models are published on request only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import LocalError, UsageError
from harness.report.charts.page import style as chart_style
from harness.report.render.mode import mark_origin
from harness.report.render.table import Column
from harness.report.run_data.summary import ModelSummary
from harness.store.log import write_whole
from harness.store.run_dir import RunDir
from harness.viewer.report_file import ReportOptions, draw_trends, policy_of, report_html, static_text
from harness.viewer.run_page import RunPage, clean_page, load_page
from harness.viewer.template import render

_KEY = re.compile(
    r"\b(?:sk|pk|rk|xai|gsk|hf|ghp|nvapi|csk|r8|tgp)[-_][\w-]{8,}|\bA(?:Iza|KIA)[\w-]{12,}|"
    r"(?<=Bearer )\S+|(?<=key=)\S+|(?<=token=)\S+|(?<=secret=)\S+|(?<=password=)\S+",
    re.IGNORECASE,
)
"""What looks like a key: the run folders hold none, but a command line or an address can."""
_LOCAL_PATH = re.compile(r"(?<![\w:/.#])(?:~|/(?=[\w.]))(?:[\w.@+-]*/)+([\w.@+-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the leaderboard, with what supports it."""

    run: RunPage
    file: str
    task: str
    model: ModelSummary
    columns: tuple[Column[ModelSummary], ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The model's name with its mark."""
        return mark_origin(self.model.label, self.model.origin)

    @property
    def cells(self) -> list[tuple[Column[ModelSummary], str, object]]:
        """Column, text and bare value of each figure."""
        return [(column, column.text(self.model), column.value(self.model)) for column in self.columns]


def publish(folders: Sequence[RunDir], target: Path, *, has_texts: bool) -> list[Path]:
    """Write the site; returns its files. Raises LocalError where it cannot be written, UsageError for two of a name."""
    names = [file_name(folder) for folder in folders]
    if len(set(names)) < len(names):
        raise UsageError(f"two of the runs have one name: {', '.join(sorted(names))}")
    views = [clean_page(load_page(folder), without_local) for folder in folders]
    options = ReportOptions(has_texts=has_texts, clean=without_local)
    entries = [entry for view, name in zip(views, names, strict=True) for entry in _entries(view, name)]
    found = {target / "index.html": _index(views, entries)}
    for folder, name in zip(folders, names, strict=True):
        found[target / name] = report_html([folder], options)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path, text in found.items():
            write_whole(path, text.encode())
    except OSError as error:
        raise LocalError(f"cannot write the site to {target}: {error.strerror or error}") from error
    return list(found)


def file_name(folder: RunDir) -> str:
    """The file of a run's page."""
    return f"run-{re.sub(r'[^A-Za-z0-9_.-]+', '-', folder.name)}.html"


def without_local(text: str) -> str:
    """The text with folders of this machine left out of paths, and with keys masked."""
    return _KEY.sub("***", _LOCAL_PATH.sub(r".../\1", text))


def _entries(view: RunPage, file: str) -> list[Entry]:
    return [
        Entry(
            run=view,
            file=file,
            task=task.task,
            model=model,
            columns=task.columns[1:],
            notes=tuple(note for note in view.report.notes if f"{model.label} on {task.task}" in note),
        )
        for task in view.tasks
        for model in task.models
        if model.jobs
    ]


def _index(views: Sequence[RunPage], entries: Sequence[Entry]) -> str:
    script = static_text("pages.js") + "preparePage();\n"
    style = static_text("viewer.css") + chart_style()
    return render(
        "site.html.j2",
        policy=policy_of(script, style),
        script=script,
        style=style,
        views=views,
        entries=entries,
        columns=entries[0].columns if entries else (),
        trends=draw_trends(views),
    )
