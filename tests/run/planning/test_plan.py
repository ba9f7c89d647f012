"""Which jobs a run has, in which order, under which keys."""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import Endpoint, Sample, SamplingParams, Source, Task
from harness.run.planning.plan import JobBuilder, Plan, PlannedTask, choose_samples, effective_params


def task(name: str) -> Task:
    return Task(
        name=name,
        version=1,
        grader="math",
        source=Source(title=name, licence=""),
        to_sample=lambda row, number: Sample(id="", prompt="", target=""),
        content_hash=None,
    )


def samples(count: int) -> list[Sample]:
    return [Sample(id=f"{number}", prompt=f"{number}?", target="") for number in range(count)]


def planned(name: str, count: int) -> PlannedTask:
    return PlannedTask(name=name, version=1, grader="math", max_tokens=10, samples=tuple(samples(count)))


ENDPOINT = Endpoint(label="p/m", provider="p", model="m", model_id="m", base_url="http://x", dialect="generic")


def plan(*tasks: PlannedTask, repeats: int = 1) -> Plan:
    return Plan(endpoints=(ENDPOINT,), tasks=tasks, repeats=repeats, params=SamplingParams(), seed=0)


def test_larger_limit_holds_the_smaller_ones_samples_first() -> None:
    few = choose_samples(task("t"), samples(50), limit=5, seed=3)
    many = choose_samples(task("t"), list(reversed(samples(50))), limit=20, seed=3)
    assert many.samples[:5] == few.samples
    assert [one.id for one in few.samples] != [str(number) for number in range(5)]


def test_every_sample_comes_once_before_any_comes_twice() -> None:
    made = plan(planned("t", 4), planned("u", 2), repeats=3)
    places = [(one.name, sample.id, repeat) for one, sample, repeat in made.positions(made.order())]
    assert [repeat for _, _, repeat in places] == [0] * 6 + [1] * 6 + [2] * 6
    assert len(set(places)) == len(places) == made.jobs_per_endpoint


def test_tasks_take_turns_by_share() -> None:
    made = plan(planned("long", 6), planned("short", 2))
    # the middles of sixths: 1/12, 3/12, 5/12 ...; of halves: 1/4 = 3/12 (a tie: the first task first) and 3/4
    names = [one.name for one, _, _ in made.positions(made.order())]
    assert names == ["long", "long", "short", "long", "long", "long", "short", "long"]


def test_another_seed_chooses_other_samples() -> None:
    chosen = [choose_samples(task("t"), samples(50), limit=5, seed=seed).samples for seed in (3, 4)]
    assert chosen[0] != chosen[1]


def test_each_job_carries_its_repeat() -> None:
    made = plan(planned("t", 2), repeats=3)
    assert [job.repeat for job in made.jobs(ENDPOINT)] == [0, 0, 1, 1, 2, 2]


def test_same_jobs_have_the_same_keys_and_others_have_others() -> None:
    made = plan(planned("t", 3), repeats=2)
    keys = [job.key for job in made.jobs(ENDPOINT)]
    assert keys == [job.key for job in made.jobs(ENDPOINT)]
    assert len(set(keys)) == 6
    warmer = replace(made, params=SamplingParams(temperature=0.5))
    assert set(keys).isdisjoint(job.key for job in warmer.jobs(ENDPOINT))


def test_settings_of_the_user_go_before_the_endpoints_and_these_before_the_tasks() -> None:
    own = replace(ENDPOINT, params=SamplingParams(temperature=0.7, max_tokens=500), max_output_tokens=300)
    asked = SamplingParams(temperature=0.0, seed=4)
    assert effective_params(asked, own, 4096) == SamplingParams(temperature=0.0, max_tokens=300, seed=4)
    assert effective_params(SamplingParams(), ENDPOINT, 4096) == SamplingParams(max_tokens=4096)


def test_key_of_a_position_is_that_of_its_job() -> None:
    whole = replace(plan(planned("a", 3), planned("b", 2), repeats=2), is_cold=True)
    builder = JobBuilder(plan=whole, endpoint=ENDPOINT)
    keys = [builder.key(*position) for position in whole.positions(whole.order())]
    assert keys == [job.key for job in whole.jobs(ENDPOINT)]
    assert len(set(keys)) == 10
