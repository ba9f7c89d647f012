"""The grid of models x samples with its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from harness.core.types import Endpoint, Verdict
from harness.report.render.language import tr
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import UNKNOWN, count, dollars
from harness.store.codec import Manifest
from harness.viewer.filters import SORTS, Filters
from harness.viewer.index import GridRow, JobRow, RunIndex
from harness.viewer.template import SERVED, render


def samples_page(index: RunIndex, filters: Filters, *, page: int, size: int) -> str:
    """The grid of models x samples under the filters, one page of it."""
    version, read_so_far = index.version, "" if index.built_from else index.progress.text()
    total, samples = index.sample_page(filters, start=(page - 1) * size, limit=size)
    cells = {
        key: {model: list(jobs) for model, jobs in groupby(rows, key=lambda job: job.model)}
        for key, rows in groupby(index.jobs_of(samples), key=lambda job: (job.task, job.sample))
    }
    rows = GridPage(
        samples=tuple(samples),
        cells=cells,
        total=total,
        page=page,
        pages=max(1, -(-total // size)),
        read_so_far=read_so_far,
    )
    return samples_html(index.run.name, index.manifest, filters, rows, version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPage:
    """The rows of one page of the grid; none where a script fills them in. `read_so_far`: while jobs are missing."""

    samples: tuple[GridRow, ...] = ()
    cells: Mapping[tuple[str, str], Mapping[str, Sequence[JobRow]]] = field(default_factory=dict)
    total: int = 0
    page: int = 1
    pages: int = 1
    read_so_far: str = ""


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
        models=[(one.label, mark_origin(one.label, one.origin)) for one in _shown(manifest, filters)],
        samples=rows.samples,
        cells=rows.cells,
        job_title=job_title,
        total=rows.total,
        page=rows.page,
        pages=rows.pages,
        query=filters.url_query(),
        read_so_far=rows.read_so_far,
        version=version,
    )


def _shown(manifest: Manifest, filters: Filters) -> list[Endpoint]:
    """The models that have a column."""
    return [one for one in manifest.endpoints if filters.model in ("", one.label)]


def job_title(job: JobRow) -> str:
    """What a cell of the grid says when it is pointed at."""
    cost = UNKNOWN if job.usd is None else f"${dollars(Decimal(str(job.usd)))}"
    answer = (job.answer or tr("no answer"))[:80]
    return f"{tr(job.state.replace('_', ' '))}: {answer} · {cost} · {count(job.output_tokens)} {tr('output tokens')}"
