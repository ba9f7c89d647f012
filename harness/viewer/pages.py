"""The pages of the viewer: from an index and a run's report to HTML by the templates of this folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlencode

import jinja2

from harness.core.errors import HarnessError
from harness.core.plurals import counted
from harness.core.prices import Price
from harness.core.types import Json, Origin, Verdict
from harness.report.render.language import language, tr
from harness.report.render.mode import mark_origin, mode_of
from harness.report.render.number_format import NONE, UNKNOWN, count, dollars, seconds
from harness.store.codec import Manifest
from harness.store.run_dir import RunDir
from harness.viewer.index import SORTS, Filters, JobRow, RunIndex
from harness.viewer.packed_texts import TextStore
from harness.viewer.run_page import RunPage
from harness.viewer.text_html import MAX_RENDERED, raw_html, rendered_html, visible

TEMPLATES = Path(__file__).parent / "templates"
SYMBOLS = {
    "correct": "✓",
    "wrong": "✗",
    "no_answer": "∅",
    "truncated": "✂",
    "refused": "⊘",
    "grader_error": "!",
    "ungraded": "…",
    "error": "⚠",
    "open": "○",
}
"""A sign beside each state's colour, so that neither is needed alone."""
MAX_SIDE_BY_SIDE = 4
SERVED = "base.html.j2"
"""The layout of pages that the viewer serves; others are parts of a file."""
CHARTS_WAIT_S = 0.05
"""How long a page waits for its charts; it loads again when they are there."""


def render(template: str, **values: object) -> str:
    """A template with every text escaped."""
    return _environment(language()).get_template(template).render(symbols=SYMBOLS, language=language(), **values)


@cache
def _environment(_language: str) -> jinja2.Environment:
    """One for each language: Jinja works out filters of constant texts when it compiles a template, and keeps that."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        usd=lambda value: UNKNOWN if value is None else f"${dollars(Decimal(str(value)))}",
        seconds=lambda value: NONE if value is None else f"{seconds(value)} s",
        count=lambda value: UNKNOWN if value is None else count(value),
        counted=counted,
        visible=lambda value: visible(str(value)),
        urlpath=lambda value: quote(str(value), safe=""),
        words=lambda value: tr(str(value).replace("_", " ")),
        tr=lambda value: tr(str(value)),
    )
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run in the list."""

    name: str
    created_at: str
    tasks: str
    models: tuple[str, ...]
    mode: str
    problem: str | None = None


def runs_page(folders: Mapping[str, Path], *, layout: str = SERVED, base: str = "") -> str:
    """The list of runs, the latest first."""
    lines = sorted(
        (_run_line(name, path) for name, path in folders.items()), key=lambda one: one.created_at, reverse=True
    )
    return render("runs.html.j2", layout=layout, base=base, runs=lines)


def _run_line(name: str, path: Path) -> RunLine:
    try:
        manifest = RunDir.open(path).manifest()
    except HarnessError as error:
        return RunLine(name=name, created_at="", tasks="", models=(), mode="", problem=str(error))
    return RunLine(
        name=name,
        created_at=f"{manifest.created_at:%Y-%m-%d %H:%M}",
        tasks=", ".join(entry.name for entry in manifest.tasks),
        models=tuple(mark_origin(one.label, one.origin) for one in manifest.endpoints),
        mode=mode_of(endpoint.origin for endpoint in manifest.endpoints),
    )


def run_page(index: RunIndex) -> str:
    """The page of a run; while it is read for the first time, a page that loads again."""
    version = index.version  # before what it describes: a page that is behind loads again
    view = index.views.view()
    if view is None:
        return waiting_page(index.run.name, version=version)
    charts = index.views.charts(view, wait_s=CHARTS_WAIT_S)
    return run_html(view, charts, index.counts(), version=version)


def run_html(
    view: RunPage,
    charts: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    version: str,
    layout: str = SERVED,
    base: str = "",
) -> str:
    """One run: what it says in words, its tables and charts, settings and notes."""
    return render(
        "run.html.j2", layout=layout, base=base, run=view.name, view=view, charts=charts, counts=counts, version=version
    )


def samples_page(index: RunIndex, filters: Filters, *, page: int, size: int) -> str:
    """The grid of models x samples under the filters, one page of it."""
    version = index.version
    total, samples = index.sample_page(filters, start=(page - 1) * size, limit=size)
    cells = {
        key: {model: list(jobs) for model, jobs in groupby(rows, key=lambda job: job.model)}
        for key, rows in groupby(index.jobs_of(samples), key=lambda job: (job.task, job.sample))
    }
    rows = GridPage(
        samples=tuple(samples),
        cells=cells,
        prompts={key: _opening(index, *key) for key in samples},
        total=total,
        page=page,
        pages=max(1, -(-total // size)),
    )
    return samples_html(index.run.name, index.data.manifest, filters, rows, version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPage:
    """The rows of one page of the grid; none where a script fills them in."""

    samples: tuple[tuple[str, str], ...] = ()
    cells: Mapping[tuple[str, str], Mapping[str, Sequence[JobRow]]] = field(default_factory=dict)
    prompts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    total: int = 0
    page: int = 1
    pages: int = 1


def samples_html(
    run: str,
    manifest: Manifest,
    filters: Filters,
    rows: GridPage = GridPage(),
    *,
    version: str = "",
    layout: str = SERVED,
    base: str = "",
) -> str:
    """The grid with its filters."""
    return render(
        "samples.html.j2",
        layout=layout,
        base=base,
        run=run,
        filters=filters,
        sorts=SORTS,
        states=[*(verdict.value for verdict in Verdict), "error", "ungraded"],
        tasks=[entry.name for entry in manifest.tasks],
        all_models=[one.label for one in manifest.endpoints],
        models=[
            (one.label, mark_origin(one.label, one.origin))
            for one in manifest.endpoints
            if filters.model in ("", one.label)
        ],
        samples=rows.samples,
        cells=rows.cells,
        job_title=job_title,
        prompts=rows.prompts,
        total=rows.total,
        page=rows.page,
        pages=rows.pages,
        query=query_text(filters),
        version=version,
    )


def _opening(index: RunIndex, task: str, sample: str) -> str:
    found = index.data.samples.get((task, sample))
    return "" if found is None else opening(found.prompt)


def opening(prompt: str) -> str:
    """How a prompt begins, in one line."""
    return visible(" ".join(prompt.split())[:90])


def query_text(filters: Filters) -> str:
    """The filters as the query of an address."""
    given = {
        "task": filters.task,
        "model": filters.model,
        "state": filters.state,
        "search": filters.search,
        "min_usd": filters.min_usd,
        "min_tokens": filters.min_tokens,
        "disagree": "1" if filters.disagree else "",
        "sort": filters.sort if filters.sort != "order" else "",
    }
    return urlencode({name: value for name, value in given.items() if value not in ("", None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWriter:
    """How texts stand in a page: `is_rendered` as HTML too; raw in place, or in a `store` under their number."""

    is_rendered: bool = True
    store: TextStore | None = None

    def both(self, value: Json) -> dict[str, object] | None:
        """A text rendered and raw (both are our own, safe HTML); None where there is none."""
        if not isinstance(value, str) or not value:
            return None
        return {
            "rendered": rendered_html(value) if self.is_rendered else None,
            "raw": raw_html(value) if self.store is None else self._stored(value, self.store),
            "is_cut": len(value) > MAX_RENDERED,
            "length": len(value),
        }

    def _stored(self, value: str, store: TextStore) -> str:
        number = store.add(visible(value[:MAX_RENDERED]))
        return f'<pre class=raw data-text="{number}"></pre>'


def sample_page(index: RunIndex, task: str, sample: str, filters: Filters, *, shown: Sequence[str]) -> str | None:
    """One sample: prompt, target, and the chosen answers side by side; None where the run has no such sample."""
    version = index.version
    details = index.details(task, sample)
    if not details:
        return None
    before, after = index.neighbours(task, sample, filters)
    return sample_html(
        index.run.name,
        task,
        sample,
        details,
        index.data.manifest.prices,
        shown=shown,
        before=before,
        after=after,
        query=query_text(filters),
        version=version,
    )


def sample_html(
    run: str,
    task: str,
    sample: str,
    details: Sequence[dict[str, Json]],
    prices: Sequence[Price],
    *,
    shown: Sequence[str] | None = None,
    writer: TextWriter = TextWriter(),
    layout: str = SERVED,
    base: str = "",
    **values: object,
) -> str:
    """A sample with the answers of `shown`, with all of them where that is None."""
    answers = [_answer(number, detail, writer) for number, detail in enumerate(details)]
    chosen = answers
    if shown is not None:
        chosen = [one for one in answers if one["id"] in shown][:MAX_SIDE_BY_SIDE] or answers[:1]
    first = details[0]
    return render(
        "sample.html.j2",
        layout=layout,
        base=base,
        is_served=layout == SERVED,
        run=run,
        task=task,
        sample=sample,
        prompt=writer.both(first["prompt"]),
        system=writer.both(first["system"]),
        target=first["target"],
        tags=first["tags"],
        answers=answers,
        chosen=chosen,
        chosen_ids=[one["id"] for one in chosen],
        prices={price.id: price for price in prices},
        **{"before": None, "after": None, "query": "", "version": "", **values},
    )


def waiting_page(run: str, *, version: str) -> str:
    """Shown until the run, or a sample that its incomplete index does not hold yet, has been read."""
    return render("waiting.html.j2", layout=SERVED, base="", run=run, version=version)


def _answer(number: int, detail: dict[str, Json], writer: TextWriter) -> dict[str, object]:
    state = detail["verdict"] or ("error" if detail["text"] is None else "ungraded")
    return {
        **detail,
        "number": number,
        "id": f"{detail['model']}#{detail['repeat']}",
        "label": mark_origin(str(detail["model"]), Origin(detail["origin"])),
        "state": state,
        "text_html": writer.both(detail["text"]),
        "reasoning_html": writer.both(detail["reasoning"]),
    }


def job_title(job: JobRow) -> str:
    """What a cell of the grid says when it is pointed at."""
    cost = UNKNOWN if job.usd is None else f"${dollars(Decimal(str(job.usd)))}"
    answer = (job.answer or tr("no answer"))[:80]
    return f"{tr(job.state.replace('_', ' '))}: {answer} · {cost} · {count(job.output_tokens)} {tr('output tokens')}"
