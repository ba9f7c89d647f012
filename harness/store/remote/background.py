"""Uploads in a thread beside a session: every so many seconds, and at once when a part is full.

A store that fails stops nothing: the run goes on in its folder, and the thread tries again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from harness.core.errors import LocalError
from harness.store.remote.upload import PART_BYTES, RunUploader

UPLOAD_EVERY_S = 60.0
"""A node whose disk is lost loses at most what came in this time."""
LOOK_EVERY_S = 1.0


class BackgroundUpload:
    """Context manager: uploads while it is open. `on_trouble` is told once when the store fails, None when it is back.

    `every_s`: seconds between two uploads of whatever is new.
    """

    def __init__(
        self, uploader: RunUploader, *, every_s: float, on_trouble: Callable[[LocalError | None], None]
    ) -> None:
        self._uploader = uploader
        self._every_s = every_s
        self._on_trouble = on_trouble
        self._is_failing = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="upload", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        waited = 0.0
        pause = min(LOOK_EVERY_S, self._every_s)
        while not self._stop.wait(pause):
            waited += pause
            is_due = waited >= self._every_s
            try:
                self._uploader.sync(min_bytes=0 if is_due else PART_BYTES, is_running=True)
            except LocalError as error:
                if not self._is_failing:
                    self._on_trouble(error)
                self._is_failing = True
            else:
                if self._is_failing and is_due:
                    self._on_trouble(None)
                    self._is_failing = False
            waited = 0.0 if is_due else waited
