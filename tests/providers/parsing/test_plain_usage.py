"""What is read in one look is read the same by all rules, in every dialect."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.core.types import Json, Usage
from harness.providers import dialect_loader
from harness.providers.parsing.counts import MAX_TOKENS
from harness.providers.parsing.plain_usage import SPARE_DETAILS, plain_usage
from harness.providers.parsing.usage import read_any_usage

RULES = {name: dialect_loader.load(name).usage for name in dialect_loader.names()}
SMALL = st.integers(min_value=0, max_value=12)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-3, max_value=40),
    st.sampled_from([MAX_TOKENS, MAX_TOKENS + 1, "7", 7.0, [], {}, "ephemeral"]),
)
NAMES = st.sampled_from(
    [
        *("cached_tokens", "reasoning_tokens", "cache_write_tokens", "cache_type", "cost", "is_byok", "iterations"),
        *("input_tokens", "prompt_cache_miss_tokens", "cache_read_input_tokens", "num_search_queries"),
        *sorted(SPARE_DETAILS),
    ]
)


@st.composite
def usages(draw: st.DrawFn) -> dict[str, Json]:
    """Counts that mostly add up, with details that mostly fit, and now and then a field that does not."""
    prompt, completion = draw(SMALL), draw(SMALL)
    names = draw(st.sampled_from([("prompt", "completion"), ("input", "output")]))
    raw: dict[str, Json] = {
        f"{names[0]}_tokens": prompt,
        f"{names[1]}_tokens": completion,
        "total_tokens": prompt + completion,
    }
    for name, part, whole in zip(names, ("cached_tokens", "reasoning_tokens"), (prompt, completion), strict=True):
        if draw(st.booleans()):
            details: dict[str, Json] = {part: draw(st.integers(min_value=0, max_value=whole + 1))}
            details |= draw(st.dictionaries(NAMES, st.one_of(st.just(0), ODD), max_size=2))
            raw[f"{name}_tokens_details"] = details
    others = st.dictionaries(st.one_of(NAMES, st.sampled_from(sorted(raw))), ODD, max_size=1)
    return {**raw, **draw(st.one_of(st.just({}), others))}


@given(raw=usages())
@example(raw={"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "prompt_tokens_details": None})
@example(raw={"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "completion_tokens_details": []})
def test_one_look_and_all_rules_read_the_same(raw: dict[str, Json]) -> None:
    for name, rules in RULES.items():
        found = plain_usage(raw, rules)
        assert found is None or found == read_any_usage(raw, rules), name


@pytest.mark.parametrize(
    ("dialect", "raw", "usage"),
    [
        (
            "generic",
            {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
            Usage(prompt_tokens=20, completion_tokens=10),
        ),
        (
            "openai",
            {
                "prompt_tokens": 20,
                "completion_tokens": 10,
                "total_tokens": 30,
                "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 6, "accepted_prediction_tokens": 0},
            },
            Usage(prompt_tokens=20, completion_tokens=10, cached_tokens=4, reasoning_tokens=6),
        ),
        (
            "openai_responses",
            {
                "input_tokens": 20,
                "output_tokens": 10,
                "total_tokens": 30,
                "output_tokens_details": {"reasoning_tokens": 6},
            },
            Usage(prompt_tokens=20, completion_tokens=10, reasoning_tokens=6),
        ),
        (
            "xai",  # reasoning is beside the completion there: a total without it says that there was none
            {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
            Usage(prompt_tokens=20, completion_tokens=10, reasoning_tokens=0),
        ),
    ],
)
def test_the_usual_object_is_read_in_one_look(dialect: str, raw: Json, usage: Usage) -> None:
    assert plain_usage(raw, RULES[dialect]) == usage


@pytest.mark.parametrize(
    "more",
    [
        {"total_tokens": 31},
        {"prompt_tokens": 0, "total_tokens": 10},
        {"prompt_tokens": True, "total_tokens": 11},
        {"cost": 0},
        {"prompt_tokens_details": {"cached_tokens": 21}},
        {"prompt_tokens_details": {"audio_tokens": 1}},
        {"prompt_tokens_details": {"cache_write_tokens": 0}},
        {"completion_tokens_details": {"reasoning_tokens": "6"}},
    ],
)
def test_anything_else_is_left_to_all_rules(more: dict[str, Json]) -> None:
    raw: dict[str, Json] = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    assert plain_usage({**raw, **more}, RULES["openai"]) is None
