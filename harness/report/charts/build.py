"""The charts of runs: which there are, and each as SVG for pages and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from harness.report.charts import draw, grids, rows, scatter, trend
from harness.report.charts.draw import Spec
from harness.report.charts.figures import TaskFigures, task_figures
from harness.report.charts.page import figure
from harness.report.charts.theme import WIDE, Size
from harness.report.run_data.load import RunData
from harness.report.run_data.series import RunSeries
from harness.report.run_report.build import build_run_report
from harness.store.run_dir import RunDir

OF_A_TASK: Mapping[str, Callable[[TaskFigures, Size], Spec | None]] = {
    "accuracy-cost": scatter.accuracy_cost_spec,
    "cost-per-correct": rows.per_correct_spec,
    "money": rows.money_spec,
    "latency-cost": scatter.latency_spec,
    "ttft": rows.ttft_spec,
    "speed": rows.speed_spec,
    "tokens": rows.tokens_spec,
    "difficulty": grids.difficulty_spec,
    "agreement": grids.agreement_spec,
}
"""The charts of one task by their names in files, in the order of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart that can be drawn. `name`: of its files; `run`, `task`: what it is of; `run` is empty for a trend."""

    name: str
    run: str
    task: str
    make: Callable[[Size], Spec | None]

    def html(self) -> str:
        """A `figure` in both sizes."""
        return figure(self.name, f"{self.name.replace('-', ' ')}, {self.task}", self.make)

    def files(self) -> tuple[str, bytes]:
        """SVG and PNG of the wide size."""
        spec = self.make(WIDE)
        assert spec is not None
        return draw.svg_file(spec), draw.png(spec)


def read_figures(folders: Sequence[RunDir]) -> list[TaskFigures]:
    """The figures of every task of the runs. Free; sends nothing."""
    found: list[TaskFigures] = []
    for folder in folders:
        data = RunData.load(folder)
        series = RunSeries.empty(data)
        report = build_run_report(data, series)
        found += task_figures(data, report, series)
    return found


def charts(figures: Sequence[TaskFigures]) -> list[Chart]:
    """The charts of each task of each run, then of how a task's figures went over several runs."""
    return [*(chart for one in figures for chart in _of_task(one)), *_trends(figures)]


def missing_from_charts(figures: TaskFigures) -> list[str]:
    """The models that lack an accuracy or any known dollars, and so have no point."""
    return [one.label for one in figures.models if one.accuracy is None or one.usd_per_task is None]


def _of_task(figures: TaskFigures) -> Iterator[Chart]:
    for name, spec_of in OF_A_TASK.items():
        make = cache(partial(spec_of, figures))
        if make(WIDE) is not None:
            yield Chart(name=name, run=figures.run, task=figures.task, make=make)


def _trends(figures: Sequence[TaskFigures]) -> Iterator[Chart]:
    for task in dict.fromkeys(one.task for one in figures):
        own = [one for one in figures if one.task == task]
        make = cache(partial(trend.trend_spec, own))
        if make(WIDE) is not None:
            yield Chart(name="trend", run="", task=task, make=make)
