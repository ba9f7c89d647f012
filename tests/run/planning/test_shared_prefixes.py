"""Prompts that begin alike are found, put next to one another, and otherwise left in their order."""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import CacheMode, Endpoint, Sample, SamplingParams
from harness.run.planning.plan import JobBuilder, Plan, PlannedTask, asked_of
from harness.run.planning.shared_prefixes import BLOCK_BYTES, shared_beginnings

RULES = "r" * BLOCK_BYTES
FIRST, SECOND = "a" * BLOCK_BYTES, "b" * BLOCK_BYTES


def sample(name: str, prompt: str, *, system: str | None = None) -> Sample:
    return Sample(id=name, prompt=prompt, target="", system=system)


def order_of(prompts: list[str], *, repeats: int = 1) -> list[int]:
    samples = [sample(str(place), prompt) for place, prompt in enumerate(prompts)]
    return list(shared_beginnings(samples, repeats=repeats).order)


def test_prompts_of_one_document_follow_one_another_in_their_order() -> None:
    # two documents by turns, and a short prompt that shares nothing
    assert order_of([f"{FIRST}1", f"{SECOND}2", "short", f"{FIRST}3", f"{SECOND}4"]) == [0, 3, 1, 4, 2]


def test_documents_behind_common_rules_are_groups_within_a_group() -> None:
    prompts = [f"{RULES}{FIRST}1", f"{RULES}{SECOND}2", f"{RULES}{FIRST}3", f"{RULES}{SECOND}4"]
    samples = [sample(str(place), prompt) for place, prompt in enumerate(prompts)]
    found = shared_beginnings(samples, repeats=1)
    assert list(found.order) == [0, 2, 1, 3]
    assert [len(one.keys) for one in found.found] == [2, 2, 2, 2]  # the rules, and the document
    assert len({one.keys[0] for one in found.found}) == 1
    assert found.found[0].keys[1] != found.found[1].keys[1]


def test_what_is_shared_of_the_prompt_is_counted_behind_the_system_text() -> None:
    # one byte less than a block, and the zero byte behind it
    system = "s" * (BLOCK_BYTES - 1)
    found = shared_beginnings([sample(name, f"{FIRST}{name}", system=system) for name in "xy"], repeats=1).found
    assert [one.prompt_chars for one in found] == [BLOCK_BYTES, BLOCK_BYTES]
    alone = shared_beginnings([sample(name, name, system=system) for name in "xy"], repeats=1).found
    assert [(len(one.keys), one.prompt_chars) for one in alone] == [(1, 0), (1, 0)]


def test_repeats_share_the_whole_prompt() -> None:
    (one,) = shared_beginnings([sample("x", "说明" * 10)], repeats=2).found
    assert (len(one.keys), one.prompt_chars) == (1, 20)


ENDPOINT = Endpoint(
    label="acme/m@low", provider="acme", model="m", model_id="m", base_url="http://h/v1", dialect="generic"
)


def plan(cache: CacheMode | None, *, repeats: int = 2, nonce: str = "now") -> Plan:
    samples = (sample("x", f"{FIRST}x"), sample("z", "z", system="S"), sample("y", f"{FIRST}y"))
    task = PlannedTask(name="t", version=1, grader="exact", max_tokens=10, samples=samples)
    return Plan(
        endpoints=(ENDPOINT,), tasks=(task,), repeats=repeats, params=SamplingParams(), seed=0, cache=cache, nonce=nonce
    )


def asked(cache: CacheMode | None) -> list[tuple[str, int]]:
    return [(job.sample.id, job.repeat) for job in plan(cache).jobs(ENDPOINT)]


def test_a_warm_run_asks_all_repeats_of_a_sample_before_the_next_and_others_breadth_first() -> None:
    breadth_first = [("x", 0), ("z", 0), ("y", 0), ("x", 1), ("z", 1), ("y", 1)]
    assert asked(None) == asked(CacheMode.COLD) == breadth_first
    assert asked(CacheMode.WARM) == [("x", 0), ("x", 1), ("y", 0), ("y", 1), ("z", 0), ("z", 1)]


def test_the_mode_is_part_of_the_key_and_a_plan_without_one_has_the_keys_it_had() -> None:
    keys = {mode: {job.key for job in plan(mode).jobs(ENDPOINT)} for mode in (None, *CacheMode)}
    assert not keys[None] & keys[CacheMode.WARM]
    assert not keys[None] & keys[CacheMode.COLD]
    assert keys[None] == {job.key for job in replace(plan(None), nonce="later").jobs(ENDPOINT)}


def test_a_cold_request_begins_as_no_other_does() -> None:
    jobs = list(plan(CacheMode.COLD).jobs(ENDPOINT))
    firsts = [(job.sample.system or job.sample.prompt).splitlines()[0] for job in jobs]
    assert len(set(firsts)) == len(jobs) == 6
    (z, *_) = [job.sample for job in jobs if job.sample.id == "z"]
    assert (z.prompt, (z.system or "").splitlines()[1]) == ("z", "S")  # before all else, so before the system text
    later = {job.key for job in plan(CacheMode.COLD, nonce="later").jobs(ENDPOINT)}
    assert not later & {job.key for job in jobs}
    original = plan(CacheMode.COLD).tasks[0].samples[0]
    again = asked_of(plan(CacheMode.COLD), ENDPOINT, original, 0)
    assert again == jobs[0].sample  # the same in a resumed run


def test_only_jobs_of_a_warm_run_ask_for_a_cache() -> None:
    shared = {mode: [job.shared_chars for job in plan(mode, repeats=1).jobs(ENDPOINT)] for mode in (None, *CacheMode)}
    assert shared == {
        None: [None, None, None],
        CacheMode.COLD: [None, None, None],
        CacheMode.WARM: [BLOCK_BYTES - 1, BLOCK_BYTES - 1, 0],  # a zero byte stands where a system text would end
    }


def test_a_builder_knows_what_each_sample_shares() -> None:
    builder = JobBuilder(plan=plan(CacheMode.WARM, repeats=1), endpoint=ENDPOINT)
    assert builder.beginning("t", "x").keys == builder.beginning("t", "y").keys != ()
    assert builder.beginning("t", "z").keys == ()
