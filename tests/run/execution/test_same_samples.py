"""Models wait for each other, so that all have the same samples."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

from tests.run.execution.scenes import received, refusing, scene
from tests.run.scripted_run import (
    Model,
)
from tests.virtual_time import run_virtually


def test_others_do_not_go_on_with_samples_that_are_open_at_a_stopped_endpoint(tmp_path: Path) -> None:
    bad, good = Model(name="bad", faults={"refused": 1.0}), Model(name="good", latency_s=2.0, concurrency=2)
    one = scene(tmp_path, bad, good, prompts=50)
    outcome = run_virtually(one.session().go())
    assert outcome.held_back == {"sim/good": 50 - received(one, "good")}
    assert 0 < received(one, "good") < 20  # those it had started until the key's refusal was certain, after 4 s
    one.provider.models = {name: Model(name=name) for name in ("bad", "good")}  # the key works again
    again = one.session()
    run_virtually(again.go())
    assert {label: model.answered for label, model in again.progress.models.items()} == {"sim/bad": 50, "sim/good": 50}
    assert received(one, "good") == 50


def test_others_wait_while_an_endpoint_is_paused_and_go_on_with_it(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=4), Model(name="b", latency_s=1.0, concurrency=4))
    one = replace(refusing(one, status=429, after_s=2.0, for_s=200.0, headers={"retry-after": "200"}))
    session = one.session()
    times: list[float] = []
    session.watch = lambda job, attempt, cost: (
        times.append(asyncio.get_running_loop().time()) if job.endpoint.model == "b" else None
    )
    run_virtually(session.go())
    assert {label: model.answered for label, model in session.progress.models.items()} == {"sim/a": 20, "sim/b": 20}
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) > 150
