"""Requests made from a template are those that are built one by one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.core.labels import Effort
from harness.core.types import Sample, SamplingParams
from harness.providers import dialect_loader
from harness.providers.format.request_template import RequestTemplates
from tests.cases import all_cases
from tests.providers.reading import endpoint

SAMPLE = Sample(id="1", prompt="6 * 7?", target="42")
PARAMS = SamplingParams(temperature=0.0, max_tokens=4000, effort=Effort.LOW)
NAMES = dialect_loader.names()


@given(
    prompts=st.lists(st.text(), min_size=1, max_size=3),
    system=st.none() | st.text(),
    name=st.sampled_from(NAMES),
    traits=st.sampled_from([(), ("no_system_role",), ("reasoning",)]),
)
def test_every_dialect_puts_any_prompt_where_its_template_has_it(
    prompts: list[str], system: str | None, name: str, traits: tuple[str, ...]
) -> None:
    asked, templates = endpoint(name, *traits), RequestTemplates()
    for prompt in prompts:
        sample = replace(SAMPLE, prompt=prompt, system=system)
        made = dialect_loader.build_request(asked, sample, PARAMS, "the-key", templates=templates)
        assert made == dialect_loader.build_request(asked, sample, PARAMS, "the-key")


@all_cases("name", NAMES)
def test_settings_endpoints_and_keys_have_templates_of_their_own(name: str) -> None:
    templates = RequestTemplates()
    asks = [
        (one, params, key)
        for one in (endpoint(name), endpoint(name, stream=False))
        for params in (PARAMS, SamplingParams(), SamplingParams(temperature=1), SamplingParams(temperature=1.0))
        for key in ("a-key", None)
    ]
    for one, params, key in asks + asks:
        made = dialect_loader.build_request(one, SAMPLE, params, key, templates=templates)
        assert made == dialect_loader.build_request(one, SAMPLE, params, key)
