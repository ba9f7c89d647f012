"""Every shape the mock can write, by name: the dialects, and the older or newer generations of some."""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock.formats.base import ResponseFormat
from harness.mock.formats.hosts import HOSTS
from harness.mock.formats.messages import MESSAGES, MESSAGES_NEW
from harness.mock.formats.responses import RESPONSES, XAI_RESPONSES
from harness.mock.formats.vendors import VENDORS

_ALL: tuple[ResponseFormat, ...] = (*VENDORS, *HOSTS, MESSAGES, MESSAGES_NEW, RESPONSES, XAI_RESPONSES)

SHAPES: Mapping[str, ResponseFormat] = {shape.name: shape for shape in _ALL}


def shape_at(shape: ResponseFormat, route: str) -> ResponseFormat:
    """How the vendor of this shape answers at another of its routes: chat completions, Messages or Responses."""
    if shape.route == route:
        return shape
    vendor = shape.name.split("_")[0]
    if route == "responses":
        return XAI_RESPONSES if vendor == "xai" else RESPONSES
    if route == "messages":
        return MESSAGES
    return SHAPES["anthropic_compat"] if shape.route == "messages" else SHAPES[vendor]
