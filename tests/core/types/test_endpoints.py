"""One rule says whether a model reasons, another where figures come from."""

from __future__ import annotations

from dataclasses import replace

from harness.core.labels import Effort
from harness.core.types import Origin, SamplingParams
from tests.cases import all_cases
from tests.report.runs import endpoint


@all_cases(
    ("traits", "params", "reasons"),
    [
        ({"always_thinks"}, SamplingParams(thinking=False), True),  # what it cannot switch off stays on
        ({"never_thinks"}, SamplingParams(effort=Effort.HIGH), False),
        (set(), SamplingParams(thinking=True), True),
        ({"reasoning"}, SamplingParams(effort=Effort.NONE), False),
        ({"reasoning"}, SamplingParams(), True),
        ({"thinking_optional"}, SamplingParams(), False),
        (set(), SamplingParams(), None),  # not known, so neither rate is taken for granted
    ],
)
def test_whether_a_model_reasons_follows_one_order(
    traits: set[str], params: SamplingParams, reasons: bool | None
) -> None:
    assert replace(endpoint(), traits=frozenset(traits)).reasoning_enabled(params) is reasons


def test_the_origin_of_figures_is_that_of_the_answers() -> None:
    one = endpoint()
    found = [replace(one, simulated=True), replace(one, imported=True), replace(one, replayed=True)]
    assert [one.origin, *(each.origin for each in found)] == [
        Origin.LIVE,
        Origin.SIMULATED,
        Origin.IMPORTED,
        Origin.REPLAYED,
    ]
