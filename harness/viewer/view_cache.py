"""Views of runs kept until their files change. Views are read and charts drawn beside the pages, which hardly wait."""

from __future__ import annotations

import threading

from harness.core.errors import LocalError
from harness.report.charts.draw import HOW_TO_INSTALL, can_draw
from harness.report.render.language import tr
from harness.store.run_dir import RunDir
from harness.viewer.fingerprint import fingerprint
from harness.viewer.run_page import RunPage, draw_charts, load_view

FIRST_LOOK_S, LATER_LOOK_S = 0.5, 0.05
"""How long a page waits for the first view of a run, and for a newer one; then it shows what is there."""
GROWTH = 1.25
"""A growing run's charts are drawn again when it has so many times the jobs: drawing disturbs the timings of a run."""


class ViewCache:
    """The view and the charts of one run."""

    def __init__(self, run: RunDir) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._view: tuple[str, RunPage] | None = None
        self._problem: LocalError | None = None
        self._reads = 0
        self._reader: threading.Thread | None = None
        self._charts: dict[str, str] = {}
        self._drawn_jobs = -1
        self._drawer: threading.Thread | None = None

    def view(self) -> RunPage | None:
        """The run as it is now, or as it was a moment ago while it is read anew; None until it was read once.

        Raises LocalError where the run cannot be read.
        """
        with self._lock:
            now = fingerprint(self._run)
            is_reading = self._reader is not None and self._reader.is_alive()
            if not is_reading and (self._view is None or self._view[0] != now):
                self._reader = threading.Thread(target=self._read, args=(now,), name="view of a run", daemon=True)
                self._reader.start()
        if self._reader is not None:
            self._reader.join(FIRST_LOOK_S if self._view is None else LATER_LOOK_S)
        if self._problem is not None:
            raise self._problem
        return None if self._view is None else self._view[1]

    def _read(self, now: str) -> None:
        try:
            self._view, self._problem = (now, load_view(self._run)), None
        except LocalError as error:
            self._problem = error
        self._reads += 1

    @property
    def version(self) -> str:
        """Changes when the run has been read or charts have been drawn anew; empty before that."""
        return f"{self._reads} {self._drawn_jobs}" if self._reads else ""

    def charts(self, view: RunPage, *, wait_s: float) -> dict[str, str]:
        """HTML by task: what is drawn within that time, else what was drawn before, else a line that says so."""
        is_new = view.jobs >= GROWTH * self._drawn_jobs or (view.report.is_complete and view.jobs != self._drawn_jobs)
        if not can_draw():
            return {task.task: f"<p>{HOW_TO_INSTALL}</p>" for task in view.tasks}
        if is_new and (self._drawer is None or not self._drawer.is_alive()):
            self._drawer = threading.Thread(target=self._draw, args=(view,), name=f"charts {view.name}", daemon=True)
            self._drawer.start()
        if self._drawer is not None and self._drawn_jobs < 0:
            self._drawer.join(wait_s)
        words = tr("Charts are being drawn; this page shows them in a moment.")
        waiting = {task.task: f"<p>{words}</p>" for task in view.tasks}
        return self._charts if self._drawn_jobs >= 0 else waiting

    def _draw(self, view: RunPage) -> None:
        self._charts = draw_charts(view.figures)
        self._drawn_jobs = view.jobs

    def close(self) -> None:
        """Wait for what is being read and drawn."""
        for thread in (self._reader, self._drawer):
            if thread is not None:
                thread.join()
