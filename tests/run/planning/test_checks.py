"""Mistakes that are found in a plan before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.conversations import feedback_rules
from harness.core.errors import ConfigError, DataError, UsageError
from harness.mock.testing import price_of
from harness.pricing.book import load_book
from harness.run.planning.checks import check_bounds, check_distinct, check_graded
from harness.run.planning.plan import Plan
from tests.run.scripted_run import Model, plan_for
from tests.virtual_time import EPOCH

MODELS = (Model(name="a"), Model(name="b"))


def test_budget_is_refused_where_a_request_has_no_maximum_cost() -> None:
    plan = plan_for(MODELS, ["one"])
    flex = replace(plan.endpoints[0], service_tier="flex")  # the price has no rates of that tier
    book = load_book(own=tuple(price_of(model.name, prompt="1", completion="1") for model in MODELS))
    check_bounds(plan, book, EPOCH)
    with pytest.raises(ConfigError, match=r"sim/a: .*'flex'.*\n.*a budget needs a maximum cost"):
        check_bounds(replace(plan, endpoints=(flex, plan.endpoints[1])), book, EPOCH)


def test_feedback_rounds_are_refused_for_a_task_without_a_grader() -> None:
    plan = plan_for(MODELS, ["one"], conversation=feedback_rules(1))
    check_graded(plan)
    ungraded = replace(plan, tasks=(replace(plan.tasks[0], grader=""),))
    with pytest.raises(UsageError, match="t has no grader"):
        check_graded(ungraded)


def doubled(plan: Plan, what: str) -> Plan:
    task, endpoint = plan.tasks[0], plan.endpoints[0]
    if what == "task":
        return replace(plan, tasks=(task, task))
    if what == "sample":
        return replace(plan, tasks=(replace(task, samples=(*task.samples, task.samples[0])),))
    return replace(plan, endpoints=(endpoint, replace(endpoint, label="sim/other")))


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        ("task", UsageError, "two tasks are named t"),
        ("sample", DataError, "t: 1 sample ids stand twice, the first is 's000'"),
        ("endpoint", UsageError, "sim/a and sim/other would send the same requests"),
    ],
)
def test_what_would_be_one_and_the_same_work_is_refused(what: str, error: type[Exception], words: str) -> None:
    plan = plan_for(MODELS, ["one", "two"])
    check_distinct(plan)
    with pytest.raises(error, match=words):
        check_distinct(doubled(plan, what))
