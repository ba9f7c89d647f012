"""What the page of a run shows: sentences, tables, figures of charts. One reading of the run's jobs fills them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.report.charts.build import charts, missing_from_charts
from harness.report.charts.figures import TaskFigures, task_figures
from harness.report.render.table import Column, Table
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord, RecordConsumer
from harness.report.run_data.series import RunSeries
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
from harness.report.run_report.report import RunReport
from harness.store.run_dir import RunDir
from harness.viewer.headline import headline
from harness.viewer.job_state import state_of
from harness.viewer.template import render


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One task: title, table, further tables, the models of its rows, and who has no point in the charts."""

    title: str
    task: str
    table: Table[ModelSummary]
    more: tuple[Table[Any], ...]
    models: tuple[ModelSummary, ...]
    not_in_charts: tuple[str, ...]

    @property
    def columns(self) -> tuple[Column[ModelSummary], ...]:
        return self.table.columns

    def rows(self) -> list[tuple[ModelSummary, list[str]]]:
        """Each model with its cells."""
        return list(zip(self.models, self.table.cells(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One run as its page shows it, without the charts, which take seconds to draw. `counts`: jobs by state."""

    name: str
    report: RunReport
    headline: tuple[str, ...]
    tasks: tuple[TaskView, ...]
    figures: tuple[TaskFigures, ...]
    counts: Mapping[str, int]

    def meanings(self) -> list[tuple[str, str]]:
        """(title, meaning) of every explained column, each once."""
        tables = [table for task in self.tasks for table in (task.table, *task.more)]
        found = ((one.title, one.meaning) for table in tables for one in table.columns if one.meaning)
        return list(dict.fromkeys(found))

    @property
    def jobs(self) -> int:
        """Jobs with at least one outcome."""
        return sum(one.jobs for task in self.tasks for one in task.models)


class StateCounts:
    """Jobs by state (`RecordConsumer`)."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, record: JobRecord) -> None:
        """Count one job."""
        self._counts[state_of(record)] += 1

    def most_first(self) -> dict[str, int]:
        """Every state that a job has, the most frequent first."""
        return dict(self._counts.most_common())


def load_page(run: RunDir | RunData, *others: RecordConsumer) -> RunPage:
    """Read a run; `others` are told of every job in the same pass. Raises LocalError for an unreadable manifest."""
    data = run if isinstance(run, RunData) else RunData.load(run)
    series, states = RunSeries.empty(data), StateCounts()
    report = build_run_report(data, series, states, *others)
    figures = task_figures(data, report, series)
    tasks = tuple(
        TaskView(
            title=section.title,
            task=table.task.name,
            table=section.tables[0],
            more=section.tables[1:],
            models=table.summaries,
            not_in_charts=tuple(missing_from_charts(own)),
        )
        for table, section, own in zip(report.tables, document(report).sections, figures, strict=True)
    )
    return RunPage(
        name=data.run.name,
        report=report,
        headline=tuple(headline(report)),
        tasks=tasks,
        figures=figures,
        counts=states.most_first(),
    )


def clean_page(view: RunPage, clean: Callable[[str], str]) -> RunPage:
    """The page with its command and its notes cleaned of what must not be published."""
    manifest = view.report.manifest
    manifest = replace(manifest, command=tuple(map(clean, manifest.command)))
    return replace(view, report=replace(view.report, manifest=manifest, notes=tuple(map(clean, view.report.notes))))


def body_html(view: RunPage, charts: Mapping[str, str], *, base: str = "") -> str:
    """The page without the frame around it: what the run says in words, its tables and charts, settings and notes."""
    return render("run_body.html.j2", base=base, run=view.name, view=view, charts=charts)


def draw_charts(figures: Sequence[TaskFigures], *, only_trends: bool = False) -> dict[str, str]:
    """The charts of each task as HTML, by task; or those over several runs alone."""
    drawn: dict[str, str] = {}
    for chart in (one for one in charts(figures) if not only_trends or one.name == "trend"):
        drawn[chart.task] = drawn.get(chart.task, "") + chart.html()
    return drawn
