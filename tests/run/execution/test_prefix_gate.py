"""The first request of a beginning goes alone; the others follow once it was answered, or one takes its place."""

from __future__ import annotations

import asyncio

from harness.run.execution.prefix_gate import PrefixGate

RULES, DOCUMENT, OTHER = b"rules", b"rules document", b"rules other"


async def passes(gate: PrefixGate, keys: list[bytes], name: str, log: list[str], *, answered: bool = True) -> None:
    async with gate.passing(keys) as passage:
        log.append(f"{name} sent")
        for _ in range(3):  # others have every chance to go on
            await asyncio.sleep(0)
        log.append(f"{name} done")
        passage.is_answered = answered


def test_followers_are_sent_together_once_the_first_is_answered() -> None:
    log: list[str] = []

    async def run() -> None:
        gate = PrefixGate()
        await asyncio.gather(*(passes(gate, [RULES], name, log) for name in "abc"))

    asyncio.run(run())
    assert log[:2] == ["a sent", "a done"]
    assert sorted(log[2:4]) == ["b sent", "c sent"]


def test_where_the_first_fails_the_next_goes_alone() -> None:
    log: list[str] = []

    async def run() -> None:
        gate = PrefixGate()
        await asyncio.gather(
            passes(gate, [RULES], "a", log, answered=False), *(passes(gate, [RULES], name, log) for name in "bcd")
        )

    asyncio.run(run())
    assert log[:4] == ["a sent", "a done", "b sent", "b done"]
    assert sorted(log[4:6]) == ["c sent", "d sent"]


def test_documents_wait_for_their_rules_and_not_for_one_another() -> None:
    log: list[str] = []

    async def run() -> None:
        gate = PrefixGate()
        work = [("a", DOCUMENT), ("b", OTHER), ("c", DOCUMENT)]
        await asyncio.gather(*(passes(gate, [RULES, key], name, log) for name, key in work))

    asyncio.run(run())
    # a fills rules and its document; b waits for the rules alone, c for both
    assert log[:2] == ["a sent", "a done"]
    assert sorted(log[2:4]) == ["b sent", "c sent"]


def test_what_shares_nothing_waits_for_nothing() -> None:
    log: list[str] = []

    async def run() -> None:
        gate = PrefixGate()
        await asyncio.gather(passes(gate, [RULES], "a", log), passes(gate, [], "b", log))

    asyncio.run(run())
    assert log[:2] == ["a sent", "b sent"]
