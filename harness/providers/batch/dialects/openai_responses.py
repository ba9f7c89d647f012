"""OpenAI's Responses API: the same batches as chat completions, with its own path in each line."""

from __future__ import annotations

from harness.providers.batch.dialects import openai

BATCHES = openai.BATCHES
