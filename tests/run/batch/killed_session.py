"""One session of a run by batches in a process of its own, to be killed: `python -m ... RUN`; says `ready` first."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import harness.providers.transport.openai_backend  # noqa: F401  its import takes longer than a session
from harness.run.planning.manifest import plan_of
from harness.store.run_dir import RunDir
from tests.run.batch.batch_session import run_session

if __name__ == "__main__":
    folder = RunDir.open(Path(sys.argv[1]))
    plan = plan_of(folder.manifest(), folder.samples())
    print("ready", flush=True)
    asyncio.run(run_session(folder, plan))
