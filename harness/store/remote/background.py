"""Uploads in a thread beside a session: at its start, every so many seconds, when a part is full, and at its end.

A store that fails or hangs stops nothing: the run goes on in its folder, and the thread tries again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from harness.core.errors import LocalError
from harness.store.remote.store_errors import StoreError
from harness.store.remote.upload import PART_BYTES, RunUploader

UPLOAD_EVERY_S = 60.0
"""A node whose disk is lost loses at most what came in this time."""
LOOK_EVERY_S = 1.0
START_S = 15.0
"""A session waits so long for its first upload: until then a refused key stops it before it sends anything."""
END_S = 180.0
"""A session waits so long for its last one: 5 tries at a store that answers nothing within a minute take longer."""


class BackgroundUpload:
    """The uploads of one session. `on_trouble` is told once when the store fails, and None when it is back.

    `every_s`: seconds between two uploads of whatever is new.
    """

    def __init__(
        self, uploader: RunUploader, *, every_s: float, on_trouble: Callable[[LocalError | None], None]
    ) -> None:
        self._uploader = uploader
        self._every_s = every_s
        self._on_trouble = on_trouble
        self._error: LocalError | None = None
        self._is_checked = self._is_over = False
        self._has_begun, self._stop, self._is_abandoned = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="upload", daemon=True)

    def start(self) -> LocalError | None:
        """Begin; returns what is wrong with the store, as far as it shows within START_S."""
        self._thread.start()
        is_over = self._has_begun.wait(START_S)
        self._uploader.may_restore = False  # from here on the session writes to the folder
        return self._error if is_over else StoreError(f"{self._uploader.store.address} has not answered yet")

    def finish(self) -> LocalError | None:
        """Upload the rest and end; returns why not all is in the store. Only the first call does anything."""
        self._stop.set()
        self._thread.join(END_S)
        if self._thread.is_alive():
            return LocalError(f"{self._uploader.store.address} did not take the rest within {END_S:g} s")
        if not self._is_over:
            return LocalError(f"uploads to {self._uploader.store.address} ended before the session did")
        return self._error

    def abandon(self) -> None:
        """End without a last upload, where `finish` was not called."""
        self._is_abandoned.set()
        self._stop.set()

    def _work(self) -> None:
        self._sync(min_bytes=0, is_running=True)
        self._has_begun.set()
        told, waited, pause = self._error is not None, 0.0, min(LOOK_EVERY_S, self._every_s)
        while not self._stop.wait(pause):
            waited += pause
            is_due = waited >= self._every_s
            self._sync(min_bytes=0 if is_due else PART_BYTES, is_running=True)
            if (self._error is not None) != told and (told is False or is_due):
                told = not told
                self._on_trouble(self._error)
            waited = 0.0 if is_due else waited
        if not self._is_abandoned.is_set():
            self._sync(min_bytes=0, is_running=False)
            self._is_over = True

    def _sync(self, *, min_bytes: int, is_running: bool) -> None:
        try:
            if not self._is_checked:  # also where the store answers late: what then shows is said, and nothing uploaded
                self._uploader.connect()
                self._uploader.refuse_stale()
                self._uploader.refuse_unknown_leases()
                self._is_checked = True
            self._uploader.sync(min_bytes=min_bytes, is_running=is_running)
        except LocalError as error:
            self._error = error
        else:
            self._error = None
