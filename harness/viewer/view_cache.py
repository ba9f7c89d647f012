"""Views of runs kept until their files change; their charts are drawn beside the pages, which never wait for them."""

from __future__ import annotations

import threading

from harness.report.charts.draw import HOW_TO_INSTALL, can_draw
from harness.report.render.language import tr
from harness.store.run_dir import RunDir
from harness.viewer.fingerprint import fingerprint
from harness.viewer.run_page import RunPage, draw_charts, load_view

GROWTH = 1.25
"""A growing run's charts are drawn again when it has so many times the jobs: drawing disturbs the timings of a run."""


class ViewCache:
    """The view and the charts of one run."""

    def __init__(self, run: RunDir) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._view: tuple[str, RunPage] | None = None
        self._charts: dict[str, str] = {}
        self._drawn_jobs = -1
        self._drawer: threading.Thread | None = None

    def view(self) -> RunPage:
        """The run as it is now."""
        with self._lock:
            now = fingerprint(self._run)
            if self._view is None or self._view[0] != now:
                self._view = (now, load_view(self._run))
            return self._view[1]

    @property
    def drawn(self) -> str:
        """Changes when charts have been drawn anew."""
        return str(self._drawn_jobs)

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
        """Wait for charts that are being drawn."""
        if self._drawer is not None:
            self._drawer.join()
