"""What keeps a worker from starting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome
from harness.run.distributed.worker import LinkLost, WorkerPlace, work
from tests.run.distributed.worker_specs import worker_spec
from tests.run.paid_folder import endpoint


class NoLink:
    """No coordinator."""

    async def greet(self, hello: Hello) -> Welcome:
        raise LinkLost

    async def exchange(self, report: Report) -> Instructions:
        raise LinkLost


def test_simulated_models_are_refused_on_another_machine_than_the_session_s(tmp_path: Path) -> None:
    simulated = replace(endpoint("sim/a"), simulated=True, starts_with_run=True)
    spec = replace(worker_spec(tmp_path), host="head", endpoints=(endpoint("p/b"), simulated))
    place = WorkerPlace(host="other", node="other/1a2b")
    with pytest.raises(LocalError, match=r"^sim/a: simulated models answer on head alone.* node other/1a2b is another"):
        asyncio.run(work(spec, {}, NoLink(), place))
