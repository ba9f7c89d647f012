"""Repeats, seeds and order of the mock's answers."""

from __future__ import annotations

import asyncio

from harness.mock.testing import RunningMock
from tests.mock.asked_server import THINKER
from tests.mock.asking import ask, body_of, content_of, with_mock


def test_the_answer_depends_on_the_repeat_and_not_on_order_or_process() -> None:
    async def answers(mock: RunningMock) -> list[str]:
        asked = [ask(mock.url, body_of(), headers={"x-harness-repeat": str(repeat)}) for repeat in (2, 0, 1)]
        two, zero, one = [content_of(answer.events()) for answer in await asyncio.gather(*asked)]
        return [zero, one, two]

    async def in_order(mock: RunningMock) -> list[str]:
        found = []
        for repeat in range(3):
            answer = await ask(mock.url, body_of(), headers={"x-harness-repeat": str(repeat)})
            found.append(content_of(answer.events()))
        return found

    first = with_mock(answers, [THINKER])
    assert first == with_mock(in_order, [THINKER])
    assert len(set(first)) == 3


def test_without_the_runners_headers_each_good_answer_is_a_new_draw_and_a_seed_fixes_it() -> None:
    async def texts(mock: RunningMock) -> tuple[set[str], set[str]]:
        counted = {content_of((await ask(mock.url, body_of())).events()) for _ in range(3)}
        seeded = {content_of((await ask(mock.url, body_of(seed=7))).events()) for _ in range(3)}
        return counted, seeded

    counted, seeded = with_mock(texts, [THINKER])
    assert (len(counted), len(seeded)) == (3, 1)
