"""The page of a run, kept until its files change: in memory, and in the run's index for the next process.

The run is read and its charts are drawn in a thread beside the pages, which hardly wait.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from harness.core.errors import LocalError
from harness.report.charts.draw import HOW_TO_INSTALL, can_draw
from harness.report.render.language import language, tr
from harness.store.run_dir import RunDir
from harness.viewer.fingerprint import code_version, fingerprint
from harness.viewer.index_file import IndexFile
from harness.viewer.read_progress import ReadProgress

if TYPE_CHECKING:
    from harness.viewer.run_page import RunPage

LOOK_S = 0.05
"""How long a page waits for a newer one; then what is there is shown."""
GROWTH = 1.25
"""A growing run's charts are drawn again when it has so many times the jobs: drawing disturbs the timings of a run."""


class PageCache:
    """The page of one run as HTML without the frame around it."""

    def __init__(self, run: RunDir, file: IndexFile) -> None:
        self._run, self._file = run, file
        self.progress = ReadProgress.of(run.manifest())
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._problem: LocalError | None = None
        self._charts: dict[str, str] | None = None
        self._drawn_jobs = -1
        self._written = 0
        self._made_from, self._body = "", ""
        kept = file.run_page(language())
        if kept is not None and kept[0].startswith(code_version()):
            self._made_from, self._body = kept
            self._written = 1

    def body(self) -> str | None:
        """The page as it is now, or as it was a moment ago while it is written anew; None until the run was read once.

        Raises LocalError where the run cannot be read.
        """
        with self._lock:
            now = fingerprint(self._run)
            is_writing = self._writer is not None and self._writer.is_alive()
            if not is_writing and self._made_from != now:
                self._writer = threading.Thread(target=self._write, args=(now,), name="page of a run", daemon=True)
                self._writer.start()
        if self._writer is not None:
            self._writer.join(LOOK_S)
        if self._problem is not None:
            raise self._problem
        return self._body or None

    @property
    def version(self) -> str:
        """Changes when the page has been written anew; empty before it was first."""
        return str(self._written) if self._written else ""

    def _write(self, now: str) -> None:
        from harness.viewer.run_page import draw_charts, load_page  # numpy and scipy take 0.5 s

        self.progress.start()
        try:
            page, self._problem = load_page(self._run, self.progress), None
        except LocalError as error:
            self._problem = error
            self._written += 1
            return
        is_outgrown = page.jobs >= GROWTH * self._drawn_jobs or page.report.is_complete
        if not can_draw() or not is_outgrown or page.jobs == self._drawn_jobs:
            self._show(page, now)
            return
        self._show(page, "")
        self._charts, self._drawn_jobs = draw_charts(page.figures), page.jobs
        self._show(page, now)
        self._file.keep_run_page(language(), now, self._body)

    def _show(self, page: RunPage, made_from: str) -> None:
        """Show this page from now on; `made_from` is empty where its charts are still to come."""
        from harness.viewer.run_page import body_html

        said = HOW_TO_INSTALL if not can_draw() else tr("Charts are being drawn; this page shows them in a moment.")
        charts = self._charts if self._charts is not None else {task.task: f"<p>{said}</p>" for task in page.tasks}
        self._body = body_html(page, charts)
        self._made_from = made_from or self._made_from
        self._written += 1

    def close(self) -> None:
        """Wait for what is being written."""
        if self._writer is not None:
            self._writer.join()
