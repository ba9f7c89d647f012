"""Every shape the mock can write, by name: the dialects, and the older or newer generations of some."""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock.shapes.base import ResponseFormat
from harness.mock.shapes.hosts import HOSTS
from harness.mock.shapes.messages import MESSAGES, MESSAGES_NEW
from harness.mock.shapes.responses import RESPONSES, XAI_RESPONSES
from harness.mock.shapes.vendors import VENDORS

_ALL: tuple[ResponseFormat, ...] = (*VENDORS, *HOSTS, MESSAGES, MESSAGES_NEW, RESPONSES, XAI_RESPONSES)

SHAPES: Mapping[str, ResponseFormat] = {shape.name: shape for shape in _ALL}
