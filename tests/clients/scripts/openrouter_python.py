"""openrouter: chat, streamed and whole."""

import os

from openrouter import OpenRouter

messages = [{"role": "user", "content": "What is 3 + 4?"}]
with OpenRouter(api_key="k", server_url=f"{os.environ['MOCK_URL']}/openrouter/api/v1") as client:
    whole = client.chat.send(model="mock-model", messages=messages)
    assert "7" in whole.choices[0].message.content
    stream = client.chat.send(model="mock-model", messages=messages, stream=True)
    assert "7" in "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
