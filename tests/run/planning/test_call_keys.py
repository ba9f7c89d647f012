"""The key of a call: another answer could come, another key; else the same work is never paid twice."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from harness.core.keys import digest
from harness.core.labels import Effort
from harness.core.types import Endpoint, EndpointLimits, Sample, SamplingParams, Tool
from harness.run.planning.call_keys import CallKeys
from tests.cases import all_cases

ENDPOINT = Endpoint(
    label="acme/one",
    provider="acme",
    model="one",
    model_id="one-2026",
    base_url="https://api.acme.example/v1",
    dialect="openai",
    extra_body={"top_k": 4},
)
SAMPLE = Sample(id="s1", prompt="1+1?", target="2")
PARAMS = SamplingParams(max_tokens=100, temperature=0.5)


def key(**changes: Any) -> str:
    given: dict[str, Any] = {
        "endpoint": ENDPOINT,
        "dialect_version": 1,
        "task": ("sums", 1),
        "sample": SAMPLE,
        "params": PARAMS,
        "repeat": 0,
    }
    given |= changes
    sample, repeat = given.pop("sample"), given.pop("repeat")
    return CallKeys(**given).key(sample, repeat)


def test_key_is_the_one_of_stored_runs() -> None:
    """As the first version made it: another value would pay every answer of every earlier run again."""
    assert key() == "d6e62057f65cc0f7a730cfc42c54e4c0"


@all_cases(
    "changes",
    [
        {"repeat": 1},
        {"dialect_version": 2},
        {"task": ("sums", 2)},
        {"task": ("sum", 1)},
        {"sample": replace(SAMPLE, prompt="1 + 1?")},
        {"sample": replace(SAMPLE, id="s2")},
        {"sample": replace(SAMPLE, system="Be brief.")},
        {"params": replace(PARAMS, max_tokens=101)},
        {"params": replace(PARAMS, temperature=None)},
        {"params": replace(PARAMS, seed=1)},
        {"params": replace(PARAMS, effort=Effort.HIGH)},
        {"params": replace(PARAMS, thinking=False)},
        {"endpoint": replace(ENDPOINT, provider="acne")},
        {"endpoint": replace(ENDPOINT, model="two")},
        {"endpoint": replace(ENDPOINT, model_id="one-2027")},
        {"endpoint": replace(ENDPOINT, base_url="https://eu.acme.example/v1")},
        {"endpoint": replace(ENDPOINT, dialect="generic")},
        {"endpoint": replace(ENDPOINT, service_tier="flex")},
        {"endpoint": replace(ENDPOINT, stream=False)},
        {"endpoint": replace(ENDPOINT, extra_body={"top_k": 5})},
        {"endpoint": replace(ENDPOINT, traits=frozenset({"reasoning"}))},
    ],
)
def test_whatever_can_change_the_answer_changes_the_key(changes: dict[str, Any]) -> None:
    assert key(**changes) != key()


@all_cases(
    "changes",
    [
        {"endpoint": replace(ENDPOINT, label="mine/one")},
        {"endpoint": replace(ENDPOINT, api_key_env="OTHER_KEY")},
        {"endpoint": replace(ENDPOINT, backend="openai")},
        {"endpoint": replace(ENDPOINT, limits=EndpointLimits(max_concurrency=99))},
        {"sample": replace(SAMPLE, target="3", reference="3", tags={"difficulty": "hard"})},
    ],
)
def test_what_cannot_change_the_answer_does_not(changes: dict[str, Any]) -> None:
    assert key(**changes) == key()


def test_a_mock_has_one_address_whatever_its_port() -> None:
    first, second = (replace(ENDPOINT, simulated=True, base_url=f"http://127.0.0.1:{port}/v1") for port in (8001, 8002))
    assert key(endpoint=first) == key(endpoint=second) != key()
    behind_a_gateway = [replace(one, simulated_by_response=True) for one in (first, second)]
    assert key(endpoint=behind_a_gateway[0]) != key(endpoint=behind_a_gateway[1])


def test_order_of_a_bodys_fields_is_nothing() -> None:
    one, other = replace(ENDPOINT, extra_body={"a": 1, "b": 2}), replace(ENDPOINT, extra_body={"b": 2, "a": 1})
    assert key(endpoint=one) == key(endpoint=other)


def test_tools_are_part_of_the_key_and_a_sample_without_them_keeps_its_own() -> None:
    tool = Tool(name="f", description="d", parameters={"type": "object"})
    keys = {
        key(sample=replace(SAMPLE, tools=tools))
        for tools in ((tool,), (tool, replace(tool, name="g")), (replace(tool, description="e"),))
    }
    assert len(keys | {key()}) == 4


def test_every_character_is_hashed_as_json_writes_it() -> None:
    """The key is a digest of JSON; whoever encodes its strings, control characters included, must write the same."""
    text = "".join(map(chr, [*range(0x3000), 0x1F600, 0xFFFF]))
    fields = {
        "task": ["sums", 1], "provider": "acme", "model": "one", "model_id": "one-2026",
        "base_url": "https://api.acme.example/v1", "service_tier": None, "stream": True, "extra_body": {"top_k": 4},
        "params": asdict(PARAMS), "dialect": ["openai", 1], "traits": [], "prompt": text, "repeat": 12,
        "sample": f"s{text}", "system": text,
    }  # fmt: skip
    assert key(sample=replace(SAMPLE, id=f"s{text}", prompt=text, system=text), repeat=12) == digest(fields)[:32]
