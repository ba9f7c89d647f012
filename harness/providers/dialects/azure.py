"""Azure OpenAI: OpenAI's format with its own key header.

The first chunk of a stream carries only filter results and has no choices; the `model` of a reply is the deployment's.
"""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import FailureKind
from harness.providers.dialects.openai import DIALECT as OPENAI

DIALECT = replace(
    OPENAI,
    name="azure",
    title="Azure OpenAI",
    auth={"api-key": "{key}"},
    codes={"deploymentnotfound": FailureKind.NOT_FOUND, "contentfilter": FailureKind.CONTENT_FILTERED},
    notes=("The first chunk has no choices.", "An api-version in the base URL's query is kept."),
)
