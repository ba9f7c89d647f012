"""The list of runs, the page of one, and the page that is shown while a run is read for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import HarnessError
from harness.report.render.mode import mark_origin, mode_of
from harness.store.run_dir import RunDir
from harness.viewer.index import RunIndex
from harness.viewer.template import SERVED, render


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
    body = index.page.body()
    if body is None:
        return waiting_page(index.run.name, index.page.progress.text())
    return render("run.html.j2", layout=SERVED, base="", run=index.run.name, body=body, version=version)


def waiting_page(run: str, progress: str) -> str:
    """Shown until the run, or a sample that its incomplete index does not hold yet, has been read; loads again."""
    return render("waiting.html.j2", layout=SERVED, base="", run=run, progress=progress)
