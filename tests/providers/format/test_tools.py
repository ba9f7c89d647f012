"""How each dialect writes the tools of a request; without tools nothing of them is sent."""

from __future__ import annotations

import json
from dataclasses import replace

from harness.core.types import Json, Sample, SamplingParams, Tool
from harness.providers import dialect_loader
from tests.cases import all_cases
from tests.providers.reading import endpoint

SCHEMA: dict[str, Json] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PLAIN = Sample(id="1", prompt="Weather in Oslo?", target="{}")
OFFERS = replace(PLAIN, tools=(Tool(name="weather", description="Of a city.", parameters=SCHEMA),))
FUNCTION: Json = {"name": "weather", "description": "Of a city.", "parameters": SCHEMA}


def body(dialect: str, sample: Sample) -> dict[str, Json]:
    made = dialect_loader.build_request(endpoint(dialect), sample, SamplingParams(), None)
    assert "tools" not in made.effective  # they are part of the prompt, which the call log does not repeat
    read: dict[str, Json] = json.loads(made.body)
    return read


@all_cases(
    ("dialect", "entry"),
    [
        *(
            (name, {"type": "function", "function": FUNCTION})
            for name in ("openai", "gemini_compat", "vllm", "minimax")
        ),
        ("openai_responses", {"type": "function", **FUNCTION, "strict": False}),  # type: ignore[dict-item]
        ("xai_responses", {"type": "function", **FUNCTION, "strict": False}),  # type: ignore[dict-item]
        ("anthropic_messages", {"name": "weather", "description": "Of a city.", "input_schema": SCHEMA}),
    ],
)
def test_tools_are_written_as_the_provider_documents_them(dialect: str, entry: Json) -> None:
    with_tools, without = body(dialect, OFFERS), body(dialect, PLAIN)
    assert with_tools["tools"] == [entry]
    assert {name: value for name, value in with_tools.items() if name != "tools"} == without
