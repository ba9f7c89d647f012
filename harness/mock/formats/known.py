"""Every response format the mock can write, by name: the dialects, and the older or newer generations of some."""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock.formats.base import ResponseFormat
from harness.mock.formats.hosts import HOSTS
from harness.mock.formats.messages import MESSAGES, MESSAGES_NEW
from harness.mock.formats.responses import RESPONSES, XAI_RESPONSES
from harness.mock.formats.vendors import VENDORS

_ALL: tuple[ResponseFormat, ...] = (*VENDORS, *HOSTS, MESSAGES, MESSAGES_NEW, RESPONSES, XAI_RESPONSES)

FORMATS: Mapping[str, ResponseFormat] = {response_format.name: response_format for response_format in _ALL}


def format_at_route(response_format: ResponseFormat, route: str) -> ResponseFormat:
    """How the vendor of this format answers at another of its routes: chat completions, Messages or Responses."""
    if response_format.route == route:
        return response_format
    vendor = response_format.name.split("_")[0]
    if route == "responses":
        return XAI_RESPONSES if vendor == "xai" else RESPONSES
    if route == "messages":
        return MESSAGES
    return FORMATS["anthropic_compat"] if response_format.route == "messages" else FORMATS[vendor]
