"""Which model answered, held against the one that was asked for.

Gateways fall back to another model, a retired name is routed to its successor, a cheaper sibling answers under load
(QuantumNous/new-api#7162, langchain-ai/openwiki#85; Gemini 2.5 from 2026-12-01). Names of one model are data: the
`aliases` of the price files, `served_as` of an endpoint, and the vendors' convention of dated snapshots
(`gpt-5-2025-08-07`, `claude-haiku-4-5-20251001` for the undated name). Behind a gateway the same model at another host
than those that the request allows counts as another: hosts differ in quantization and price. What the answer costs:
pricing.attempts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.core.types import Attempt, Completion, Endpoint, Json
from harness.pricing.book import DATED, PriceBook

ANY_NAME = "*"
"""In `served_as`: any answer is of the model asked for, as of a local server that names its file."""
ROUTES = frozenset({"nitro", "floor", "exacto"})
"""OpenRouter's variants that change the route and not the model; `:free`, `:online`, `:batch` have prices of their own.

Source: OpenRouter, "Model variants", as of 2026-11.
"""
FREE = ":free"
"""OpenRouter's variant at no charge, with limits of its own; the plain name is the priced model ("Model variants")."""
_RESOURCE_PATH = re.compile(
    r"^(?:(?:projects/[^/]+/)?(?:locations/[^/]+/)?(?:accounts/[^/]+/|publishers/[^/]+/)?models/)"
)
"""Resource names before the model: Google `models/`, Fireworks `accounts/NAME/models/`, Vertex AI."""
_BEDROCK = re.compile(
    r"^(?:(?P<region>us|eu|apac|jp|au|ca|global)\.)?(?P<vendor>anthropic|openai|deepseek|qwen|moonshot|minimax|zai|meta)\.(?P<model>.+?)(?:-v\d+)?(?::\d+)?$"
)
"""Amazon Bedrock writes `us.anthropic.claude-sonnet-4-5-20250929-v1:0` ("Supported foundation models", 2026-11)."""


def other_model(attempt: Attempt, endpoint: Endpoint, book: PriceBook) -> str | None:
    """The model that answered instead of the requested one, as the response names it.

    None where the requested model answered and where the response does not say. `MODEL at HOST`: a gateway sent the
    request to a host that the endpoint's `extra_body` does not allow.
    """
    served = attempt.served_model
    model = None if served is None or is_same_model(served, endpoint, book) else served
    if served is not None and _is_paid_instead(served, endpoint, attempt):
        model = served
    host = _other_host(attempt, endpoint)
    return model if host is None else f"{model or endpoint.model} at {host}"


def _is_paid_instead(served: str, endpoint: Endpoint, attempt: Attempt) -> bool:
    """Whether `:free` was asked for and the answer of the plain name states a charge: the priced model answered."""
    is_free = endpoint.model.lower().endswith(FREE) and not served.lower().endswith(FREE)
    return is_free and bool(attempt.reported_cost_usd)


def region_of(attempt: Attempt, endpoint: Endpoint) -> str | None:
    """The region of a Bedrock inference profile of Claude, such as `us`; None for a global one and for other names.

    None too where the profile itself was asked for: then the endpoint's own row is the price.
    Regional and multi-region endpoints cost more than the global one from Claude 4.5 on (Anthropic, "Pricing", as of
    2026-11), so the vendor's own row is no price of theirs.
    """
    found = _BEDROCK.match((attempt.served_model or "").strip().lower())
    if found is None or _BEDROCK.match(endpoint.model_id.lower()) or found["vendor"] != "anthropic":
        return None
    return None if found["region"] == "global" else found["region"]


def _other_host(attempt: Attempt, endpoint: Endpoint) -> str | None:
    """The host that answered, where the request names the hosts that may. Source: OpenRouter, "Provider Routing"."""
    host = attempt.served_by if isinstance(attempt, Completion) else None
    routing = endpoint.extra_body.get("provider")
    if host is None or not isinstance(routing, Mapping):
        return None
    allowed = routing.get("only") or (routing.get("order") if routing.get("allow_fallbacks") is False else None)
    if not isinstance(allowed, list):
        return None
    return None if _host_word(host) in map(_host_word, allowed) else host


def _host_word(name: Json) -> str:
    """`DeepInfra`, `deepinfra/fp8` and `deep-infra` are one host."""
    return "".join(sign for sign in str(name).partition("/")[0].lower() if sign.isalnum())


def is_same_model(served: str, endpoint: Endpoint, book: PriceBook) -> bool:
    """Whether a response's name of the model is one of the requested model's own.

    A dated name is its undated model, and the other way round; two different dates are two models. A gateway's variant
    that changes the route alone (`:nitro`) is the same model; `:free` in the answer alone is another.
    """
    asked = (served, endpoint.provider, endpoint.model, endpoint.model_id, *endpoint.served_as)
    known = book.same_names.get(asked)
    if known is None:
        known = book.same_names[asked] = _is_same_model(served, endpoint, book)
    return known


def _is_same_model(served: str, endpoint: Endpoint, book: PriceBook) -> bool:
    if ANY_NAME in endpoint.served_as:
        return True
    names = [_plain(name) for name in (endpoint.model_id, endpoint.model, *endpoint.served_as)]
    asked = [*names, *map(_without_variant, names)]  # an answer may leave out the variant that was asked for
    name = _plain(served)
    alike = [other for other in asked if _is_of_one_vendor(name, other)]
    if name in asked or _bare(name) in map(_bare, alike):
        return True
    if any(_bare(_undated(name)) == _bare(other) or _bare(name) == _bare(_undated(other)) for other in alike):
        return True
    aliases = {book.row_name(endpoint.provider, one) for one in asked}
    alias = book.row_name(endpoint.provider, name)
    dates = {_day(one) for one in (name, endpoint.model_id, endpoint.model)} - {None}
    return alias in aliases and len(dates) <= 1


def _plain(name: str) -> str:
    """A name in lower case without resource path and without a variant that only changes the route."""
    bare = _RESOURCE_PATH.sub("", name.strip().lower())
    bedrock = _BEDROCK.match(bare)
    if bedrock is not None:
        return bedrock["model"]
    head, colon, variant = bare.rpartition(":")
    return head if colon and variant in ROUTES else bare


def _without_variant(name: str) -> str:
    head, colon, variant = name.rpartition(":")
    return head if colon and "/" in head and "/" not in variant else name


def _bare(name: str) -> str:
    """A name without the vendor before its last slash: `openai/gpt-5` and `gpt-5` are one model at one endpoint."""
    return name.rpartition("/")[2]


def _is_of_one_vendor(name: str, other: str) -> bool:
    """Whether two names do not state different vendors: `deepseek-ai/` is `deepseek/`, `tngtech/` is another's."""
    one, two = (_host_word(each.rpartition("/")[0].rpartition("/")[2]) for each in (name, other))
    return not (one and two) or one.startswith(two) or two.startswith(one)


def _undated(name: str) -> str:
    dated = DATED.fullmatch(name)
    return name if dated is None else dated["base"]


def _day(name: str) -> str | None:
    dated = DATED.fullmatch(name.lower())
    return None if dated is None else dated["day"].replace("-", "")
