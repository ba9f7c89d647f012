"""groq: chat, streamed and whole, and the model list."""

import os

import groq

client = groq.Groq(base_url=f"{os.environ['MOCK_URL']}/groq", api_key="k", max_retries=0)
messages = [{"role": "user", "content": "What is 3 + 4?"}]
whole = client.chat.completions.create(model="mock-model", messages=messages)
assert "7" in whole.choices[0].message.content
assert whole.usage.completion_tokens > 0
chunks = list(client.chat.completions.create(model="mock-model", messages=messages, stream=True))
assert "7" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert "mock-model" in [model.id for model in client.models.list().data]
