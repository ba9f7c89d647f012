"""Finds a dialect by its name, builds its requests and makes its parsers.

The name is the file: `acme` is `dialects/acme.py` and its value `DIALECT`.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import replace

from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.core.types import Endpoint, Sample, SamplingParams
from harness.providers import dialects
from harness.providers.format.dialect_spec import TRAITS, Dialect, History
from harness.providers.format.request import build, reasoning_exceeds_limit, with_cache_marks
from harness.providers.format.request_template import RequestTemplates
from harness.providers.format.wire_types import ProviderError, RateLimitInfo, ResponseParser, WireRequest
from harness.providers.parsing.errors import read_error_body
from harness.providers.parsing.rate_limit_headers import read_limit_headers
from harness.providers.parsing.usage import read_usage

__all__ = [
    "TRAITS",
    "build_batch_request",
    "build_request",
    "load",
    "names",
    "new_parser",
    "read_error",
    "read_limits",
    "read_usage",
    "unlimited_thinking",
]


def names() -> list[str]:
    """All dialects there are, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(dialects.__path__))


@functools.cache
def load(name: str) -> Dialect:
    """The dialect of that name. Raises ConfigError, naming the nearest, where there is none."""
    if name not in names():
        raise ConfigError(f"dialect {name!r} is unknown; {closest_names(name, names())}")
    value = importlib.import_module(f"{dialects.__name__}.{name}").DIALECT
    if not isinstance(value, Dialect):
        raise ConfigError(f"DIALECT in {dialects.__name__}.{name} is {type(value).__name__}, not a Dialect")
    return value


def build_request(
    endpoint: Endpoint,
    sample: Sample,
    params: SamplingParams,
    api_key: str | None,
    history: History = (),
    shared_chars: int | None = None,
    templates: RequestTemplates | None = None,
) -> WireRequest:
    """The request that draws one answer to the sample, or to the last message of a conversation.

    `shared_chars`: of the prompt, in a run that is to be served from prompt caches (Job). `templates`: of requests that
    differ in their prompt alone, where many are to be built.
    """
    dialect = load(endpoint.dialect)
    if templates is not None and not history and shared_chars is None:
        return templates.build(dialect, endpoint, sample, params, api_key)
    if shared_chars is not None and dialect.ask_for_cache is not None:
        dialect = with_cache_marks(dialect, shared_chars, endpoint.model)
    return build(dialect, endpoint, sample, params, api_key, history)


def build_batch_request(endpoint: Endpoint, sample: Sample, params: SamplingParams) -> WireRequest:
    """The same request as part of a batch: without key, service tier and stream, which a batch API does not take."""
    alone = replace(endpoint, service_tier=None, stream=False)
    found = build(load(endpoint.dialect), alone, sample, params, None)
    body = json.loads(found.body)
    for name in ("stream", "stream_options"):
        body.pop(name, None)
    return replace(
        found,
        body=json.dumps(body, separators=(",", ":")).encode(),
        effective={name: value for name, value in found.effective.items() if name in body},
        not_sent=tuple(name for name in found.not_sent if name != "stream"),
    )


def unlimited_thinking(endpoint: Endpoint, params: SamplingParams) -> int | None:
    """Reasoning tokens beyond the token limit (`token_limit_includes_reasoning`); None: nothing bounds them."""
    return reasoning_exceeds_limit(load(endpoint.dialect), endpoint, params)


def new_parser(endpoint: Endpoint) -> ResponseParser:
    """A reader for one attempt's reply."""
    dialect = load(endpoint.dialect)
    return dialect.parser(dialect, endpoint.traits)


def read_error(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The meaning of an answer whose status is not 2xx; header names are lower case."""
    return read_error_body(load(endpoint.dialect), status, headers, body)


def read_limits(endpoint: Endpoint, headers: Mapping[str, str]) -> RateLimitInfo:
    """What the headers of any answer say about the budget per minute; spellings do not clash between providers."""
    return read_limit_headers(headers)
