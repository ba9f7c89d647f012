"""How a usage object adds up, and what becomes of one that contradicts itself."""

from __future__ import annotations

import json
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Json, Usage
from harness.core.usage import usage_breakdown
from harness.providers import dialect_loader
from harness.providers.parsing.counts import MAX_TOKENS
from harness.providers.parsing.usage import read_usage
from tests.cases import all_cases
from tests.providers.reading import read_body


def usage_of(name: str, raw: Json) -> Usage:
    usage = read_usage(dialect_loader.load(name), raw)
    assert usage is not None
    return usage


def counts(prompt: Json, completion: Json, total: Json = None, reasoning: Json = None, **more: Json) -> dict[str, Json]:
    """A usage object without what is None."""
    raw = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    details = {} if reasoning is None else {"completion_tokens_details": {"reasoning_tokens": reasoning}}
    return {key: value for key, value in raw.items() if value is not None} | details | more


@all_cases(
    ("name", "raw", "expected"),
    [
        # (completion, reasoning, by rule)
        ("openai", counts(10, 30, 40, 20), (30, 20, False)),  # 10 + 30 = 40: inside
        ("openai", counts(10, 30, 60, 20), (50, 20, False)),  # 10 + 30 + 20 = 60: beside, whatever the dialect says
        ("xai", counts(10, 30, 40, 20), (30, 20, False)),  # inside, whatever the dialect says
        ("openai", counts(10, 30, 60), (50, 20, False)),  # 60 - 10 - 30 = 20 hidden
        ("gemini_compat", counts(10, 30, 60, 0), (50, 20, False)),  # a zero detail hides nothing
        ("gemini_compat", counts(10, 30, 40), (30, 0, False)),  # the total has no room for thinking
        ("openai", counts(10, 30, 40), (30, None, False)),  # may hold thinking: the split is unknown
        ("openai", counts(10, 30, None, 20), (30, 20, True)),
        ("xai", counts(10, 30, None, 20), (50, 20, True)),
        ("xai", counts(10, 30), (None, None, True)),  # thinking would be beside it, and is not stated
        ("gemini_compat", counts(10, 30), (None, None, True)),
        ("openai", counts(10, None, 60), (50, None, True)),  # all that is not prompt was generated
        ("openai", counts(None, 30, 60), (30, None, True)),  # without the prompt the total checks nothing
    ],
)
def test_arithmetic_decides_first_and_the_rule_second(
    name: str, raw: Json, expected: tuple[int | None, int | None, bool]
) -> None:
    usage = usage_of(name, raw)
    assert (usage.completion_tokens, usage.reasoning_tokens, usage.split_by_documented_rule) == expected
    assert usage.problems == ()


@all_cases("raw", [None, {}, {"total_tokens": 0, "total_characters": 0}, counts(0, 0, 0, 0), {"x": "y"}])
def test_nothing_said_is_no_usage(raw: Json) -> None:
    assert read_usage(dialect_loader.load("minimax"), raw) is None


@all_cases(
    ("name", "raw", "said"),
    [
        ("openai", counts(-5, 30, 25), "prompt_tokens is negative"),
        ("openai", counts(10, 30, 20), "the total 20 is below prompt 10 and completion 30"),
        ("openai", counts(10, 30, 45, 20), "exceeds prompt and completion by 5, but 20 are stated"),
        ("openai", counts(10, 10, 20, 11), "11 reasoning tokens of 10 billed"),
        ("openai", counts(10, 30, 40, cached_tokens=11), "11 cached tokens of a prompt of 10"),
        ("openai", counts(10, 5, 15, cached_tokens=3, prompt_cache_hit_tokens=4), "should be the same differ"),
        ("deepseek", counts(10, 5, 15, prompt_cache_hit_tokens=3, prompt_cache_miss_tokens=8), "add up to 11"),
        ("openai", counts(10, 30.5, 40), "completion_tokens is no count: 30.5"),
        ("openai", counts("10 tokens", 30, 40), "prompt_tokens is no count: '10 tokens'"),
        ("openai", counts(10.5, 30, 40), "prompt_tokens is no count: 10.5"),
        ("openai", counts(True, 30, 40), "prompt_tokens is no count: True"),
        ("openai", counts(10**30, 30, 40), "beyond any request"),
        ("openai", counts([10], {"a": 1}, 40), "completion_tokens is no count"),
        ("openai", "ten", "the usage is no object but 'ten'"),
        ("openai", [1, 2], "the usage is no object"),
        (
            "anthropic_messages",
            {
                "input_tokens": 5,
                "output_tokens": 5,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_5m_input_tokens": 4},
            },
            "add up to 4, but 9 are stated",
        ),
        (
            "anthropic_messages",
            {"input_tokens": 5, "output_tokens": 5, "iterations": [{"model": "a"}, {"model": "b"}]},
            "iterations of another model",
        ),
    ],
)
def test_a_contradiction_is_named(name: str, raw: Json, said: str) -> None:
    problems = usage_of(name, raw).problems
    assert any(said in problem for problem in problems), problems


def test_a_contradiction_leaves_an_upper_bound_of_the_output() -> None:
    # 45 - 10 - 30 = 5 beyond, 20 stated: 30 + 20 = 50 is the most that can be billed
    assert usage_of("openai", counts(10, 30, 45, 20)).completion_tokens == 50
    # the total is no help: xAI's rule puts the 20 beside
    assert usage_of("xai", counts(10, 30, 20, 20)).completion_tokens == 50


def test_a_reasoning_count_beyond_the_output_is_kept_beside_what_it_is_cut_to_unless_it_is_a_hint() -> None:
    found = usage_of("openai", counts(12, 10, 22, 228))
    assert (found.completion_tokens, found.reasoning_tokens, found.stated_reasoning_tokens) == (10, 10, 228)
    hint = usage_of("openrouter", counts(10, 10, 20, 11))
    assert (hint.reasoning_tokens, hint.stated_reasoning_tokens, hint.problems) == (10, None, ())


OWN = {"type": "message", "input_tokens": 600, "output_tokens": 300}


@all_cases(
    ("entry", "said"),
    [
        ({"model": "other-1", "input_tokens": 2000, "output_tokens": 800}, "another model, at its own price: other-1"),
        ({"model": "m-1", "input_tokens": 2000, "output_tokens": 800}, None),
        ({"input_tokens": 2000, "output_tokens": None}, "cannot be counted"),
        ({"input_tokens": 2000, "output_tokens": "800"}, None),
        ({"input_tokens": 2000, "output_tokens": "many"}, "cannot be counted"),
        ({"input_tokens": 2000, "output_tokens": 800, "cache_creation_input_tokens": 9.5}, "cannot be counted"),
        (None, "cannot be counted"),
        ("text", "cannot be counted"),
    ],
)
def test_iterations_that_have_no_known_price_are_named(entry: Json, said: str | None) -> None:
    raw: Json = {"input_tokens": 600, "output_tokens": 300, "model": "m-1", "iterations": [entry, OWN]}
    usage = usage_of("anthropic_messages", raw)
    assert usage.problems == usage.tokens_at_other_rates
    assert any(said in one for one in usage.problems) if said else usage.problems == ()
    message = {"model": "m-1", "type": "message", "content": [{"type": "text", "text": "6"}], "stop_reason": "end_turn"}
    stated = {"input_tokens": 600, "output_tokens": 300, "iterations": [entry, OWN]}
    read = read_body("anthropic_messages", json.dumps({**message, "usage": stated}).encode())
    assert read.usage == usage


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        (
            "anthropic_messages",
            {"input_tokens": 10, "output_tokens": 20, "server_tool_use": {"web_search_requests": 2}},
            "2 server_tool_use.web_search_requests charged beside the tokens",
        ),
        ("xai", counts(12, 1, 241, 228, num_sources_used=20), "20 num_sources_used charged beside the tokens"),
        ("xai", counts(12, 1, 241, 228, num_sources_used=0), None),
    ],
)
def test_charges_beside_tokens_are_named(name: str, raw: Json, said: str | None) -> None:
    usage = usage_of(name, raw)
    assert usage.non_token_charges == usage.problems == ((said,) if said else ())


def test_of_counts_under_two_names_the_larger_is_billed() -> None:
    # a gateway's own names beside those of the host, which leave out what was cached
    usage = usage_of("generic", counts(1000, 500, 1500, input_tokens=10, output_tokens=5))
    assert (usage.prompt_tokens, usage.completion_tokens) == (1000, 500)
    assert len(usage.problems) == 2


def test_iterations_without_lifetimes_keep_those_of_the_same_count() -> None:
    raw: dict[str, Json] = {"input_tokens": 10, "output_tokens": 20, "cache_creation_input_tokens": 1000}
    lifetimes = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1000}
    usage = usage_of("anthropic_messages", {**raw, "cache_creation": lifetimes, "iterations": [raw]})
    assert (usage.cache_write_tokens, usage.cache_write_1h_tokens, usage.problems) == (1000, 1000, ())


def test_anthropics_own_names_hold_beside_those_of_chat() -> None:
    own: dict[str, Json] = {"input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 20}
    usage = usage_of("anthropic_messages", {**own, "prompt_tokens": 120, "completion_tokens": 50})
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (120, 50, 20)


CACHE = {"cache_read_input_tokens": 2000, "cache_creation_input_tokens": 0}


@all_cases("name", ["openai", "minimax", "generic", "zai", "xai", "gemini_compat"])
@all_cases(
    ("raw", "expected"),
    [
        # (uncached, cached, written)
        ({"input_tokens": 3000, "output_tokens": 50, **CACHE}, (3000, 2000, 0)),
        ({"input_tokens": 100, "output_tokens": 50, **CACHE}, (100, 2000, 0)),
        ({"input_tokens": 3000, "output_tokens": 50, "total_tokens": 5050, **CACHE}, (3000, 2000, 0)),
        ({"input_tokens": 3000, "output_tokens": 50, "total_tokens": 3050, **CACHE}, (1000, 2000, 0)),  # it says so
        ({"prompt_tokens": 2, "completion_tokens": 4, "cache_creation_input_tokens": 9, "total_tokens": 15}, (2, 0, 9)),
        ({"prompt_tokens": 5000, "completion_tokens": 50, "total_tokens": 5050, **CACHE}, (3000, 2000, 0)),
        ({"prompt_tokens": 5000, "input_tokens": 3000, "completion_tokens": 50, "total_tokens": 5050, **CACHE},
         (3000, 2000, 0)),
    ],
)  # fmt: skip
def test_anthropics_names_in_a_chat_body_put_the_cache_beside_the_input(
    name: str, raw: Json, expected: tuple[int, int, int]
) -> None:
    usage = usage_of(name, raw)
    parts = usage_breakdown(usage)
    assert (parts.uncached_input, parts.cached_input, parts.cache_write, usage.problems) == (*expected, ())
    assert not usage.reasoning_tokens


def test_a_cache_known_by_its_misses_alone_is_the_rest_of_the_prompt() -> None:
    usage = usage_of("deepseek", counts(100, 5, 105, prompt_cache_miss_tokens=20))
    assert (usage.cached_tokens, usage.problems) == (80, ())
    too_many = usage_of("deepseek", counts(100, 5, 105, prompt_cache_miss_tokens=120))
    assert (too_many.cached_tokens, too_many.problems) == (None, ("120 tokens missed the cache of a prompt of 100",))


@pytest.mark.parametrize(
    ("iterations", "prompt", "completion"),
    [
        # a pause after compaction: the top level counts none of it
        ([{"type": "compaction", "input_tokens": 1000, "output_tokens": 300}], 1000, 300),
        # 1000 + 400 read + 60 = 1460; an entry without a word on the cache read nothing
        (
            [
                {"input_tokens": 1000, "output_tokens": 300, "cache_read_input_tokens": 400},
                {"input_tokens": 60, "output_tokens": 20},
            ],
            1460,
            320,
        ),
    ],
)
def test_iterations_are_summed_however_few_and_however_short(iterations: Json, prompt: int, completion: int) -> None:
    raw: Json = {"input_tokens": 0, "output_tokens": 0, "cache_read_input_tokens": 0, "iterations": iterations}
    usage = usage_of("anthropic_messages", raw)
    assert (usage.prompt_tokens, usage.completion_tokens) == (prompt, completion)


def test_overlap_is_known_of_some_and_a_contradiction_elsewhere() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 93, "cache_write_tokens": 93}}
    known, contradicts = (usage_of(name, counts(100, 5, 105, **details)) for name in ("openrouter", "openai"))
    assert (known.cache_counts_overlap, known.problems) == (True, ())
    assert contradicts.cache_counts_overlap
    assert contradicts.problems == ("93 tokens cached and 93 written of a prompt of 100",)


def test_zero_filled_details_give_way_to_the_real_count() -> None:
    usage = usage_of("moonshot", counts(10, 5, 15, cached_tokens=8, prompt_tokens_details={"cached_tokens": 0}))
    assert (usage.cached_tokens, usage.problems) == (8, ())


NUMBERS = st.one_of(
    st.integers(min_value=-5, max_value=50), st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=5)
)
COUNTS = (
    "prompt_tokens completion_tokens total_tokens input_tokens output_tokens cached_tokens reasoning_tokens"
    " cache_write_tokens cache_creation_input_tokens cache_read_input_tokens prompt_cache_hit_tokens"
    " prompt_cache_miss_tokens thinking_tokens ephemeral_5m_input_tokens ephemeral_1h_input_tokens cost is_byok"
    " cost_in_usd_ticks cache_n prompt_n predicted_n model"
)
OBJECTS = (
    "prompt_tokens_details completion_tokens_details input_tokens_details output_tokens_details cache_creation timings"
    " cost_details iterations x_details"
)
NAMES = st.sampled_from(COUNTS.split())
GROUPS = st.sampled_from(OBJECTS.split())
FLAT = st.dictionaries(NAMES, NUMBERS, max_size=8)
ANY_USAGE = st.builds(
    lambda flat, groups: {**flat, **groups},
    FLAT,
    st.dictionaries(GROUPS, st.one_of(FLAT, NUMBERS, st.lists(FLAT, max_size=3)), max_size=4),
)
DIALECTS = st.sampled_from(dialect_loader.names())


@given(DIALECTS, ANY_USAGE)
def test_no_usage_raises_or_counts_below_zero(name: str, raw: dict[str, Json]) -> None:
    value = dialect_loader.load(name)
    usage = read_usage(value, raw)
    numbers = [number for number in astuple(usage_breakdown(usage)) if number is not None]
    assert all(0 <= number <= 4 * MAX_TOKENS for number in numbers)
    charge = None if value.charge is None else value.charge(raw)
    assert charge is None or charge >= 0
    if usage is not None and usage.completion_tokens is not None and usage.reasoning_tokens is not None:
        assert usage.reasoning_tokens <= usage.completion_tokens


WHOLE = st.integers(min_value=1, max_value=10**6)


@given(st.sampled_from(["openai", "xai", "gemini_compat", "openrouter", "generic"]), WHOLE, WHOLE, WHOLE, st.booleans())
def test_a_sound_usage_has_no_problem_and_adds_up(
    name: str, prompt: int, visible: int, reasoning: int, is_inside: bool
) -> None:
    stated = visible + reasoning if is_inside else visible
    usage = usage_of(name, counts(prompt, stated, prompt + visible + reasoning, reasoning))
    six = usage_breakdown(usage)
    assert usage.problems == ()
    assert (six.uncached_input, six.total_billed_output) == (prompt, visible + reasoning)
    assert (six.output_excl_reasoning, six.reasoning) == (visible, reasoning)
