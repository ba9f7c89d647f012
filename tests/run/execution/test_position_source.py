"""The positions that an engine takes from a plan."""

from __future__ import annotations

import asyncio

from harness.core.types import Endpoint, Sample, SamplingParams
from harness.run.execution.position_source import PlanPositions
from harness.run.planning.plan import Plan, PlannedTask

ENDPOINT = Endpoint(label="a/m", provider="a", model="m", model_id="m", base_url="http://localhost", dialect="generic")


def _plan() -> Plan:
    samples = tuple(Sample(id=str(number), prompt=f"{number}?", target=str(number)) for number in range(3))
    task = PlannedTask(name="t", version=1, grader="math", max_tokens=8, samples=samples)
    return Plan(endpoints=(ENDPOINT,), tasks=(task,), repeats=2, params=SamplingParams(), seed=0)


def test_every_position_of_the_plan_comes_once_in_its_order() -> None:
    plan = _plan()
    source = PlanPositions(plan)

    async def walk() -> list[int]:
        return [number async for number in source.numbers("a/m")]

    numbers = asyncio.run(walk())

    assert numbers == list(range(6))  # 3 samples x 2 repeats
    assert [source.entry(number) for number in numbers] == list(plan.positions(plan.order()))
