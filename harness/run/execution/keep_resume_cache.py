"""Keeps the resume cache of a run up to date while it goes on: resuming it then decodes the end of the log alone.

Another process of the lowest priority counts the log, so that the event loop has no part in it. It reads while the run
writes; what it keeps is bound to the bytes it read (`resume_cache`), so it can be late but not wrong. Whenever the run
or this process is killed, the last whole file stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from harness.core.errors import HarnessError
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.store.run_dir import RunDir

MIN_NEW_JOBS = 25_000
"""Jobs that must have ended since the last count, and a quarter of those counted: each count hashes all of the log."""
POLL_S = 2.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


@contextlib.asynccontextmanager
async def keeping_resume_cache(
    run: RunDir, jobs_done: Callable[[], int], *, retry_failed: bool, min_new_jobs: int = MIN_NEW_JOBS
) -> AsyncIterator[None]:
    """Keep it while the block runs. Where counting fails, the cache is as old as before."""
    task = asyncio.create_task(_keep(run, jobs_done, retry_failed, min_new_jobs), name="resume cache")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(run: RunDir, jobs_done: Callable[[], int], retry_failed: bool, min_new_jobs: int) -> None:
    counted = jobs_done()
    words = [sys.executable, "-P", "-m", __name__, str(run.path), str(int(retry_failed)), str(os.getpid())]
    while True:
        await asyncio.sleep(POLL_S)
        if (done := jobs_done()) - counted < max(min_new_jobs, counted // 4):
            continue
        counted = done
        with contextlib.suppress(OSError):  # no memory for another process: the next start decodes more
            await _run_to_its_end(words)


async def _run_to_its_end(words: list[str]) -> None:
    """Run a command; it is killed where this is cancelled."""
    quiet = subprocess.DEVNULL
    child = await asyncio.to_thread(subprocess.Popen, words, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        await asyncio.to_thread(child.wait)
    finally:
        child.kill()
        child.wait()


def count_log(run: RunDir, *, retry_failed: bool) -> None:
    """Count what the log has by now, and keep it. Raises HarnessError where a line was read while it was written."""
    manifest = run.manifest()
    models = {one.label: ModelProgress(label=one.label, simulated=one.simulated, total=0) for one in manifest.endpoints}
    restore_state(
        run,
        manifest,
        models,
        budget=Budget(cap_usd=None),
        book=load_book(own=manifest.prices),
        retry_failed=retry_failed,
        is_growing=True,
    )


def main() -> None:
    """FOLDER RETRY_FAILED PARENT: count the log of a run that is going on in another process."""
    folder, retry_failed, parent = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends this process
    os.nice(19)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):  # it died before the line above could take effect
        return
    with contextlib.suppress(HarnessError, OSError):  # nothing is kept; the run itself says what is wrong with its log
        count_log(RunDir.open(Path(folder)), retry_failed=bool(int(retry_failed)))


if __name__ == "__main__":
    main()
