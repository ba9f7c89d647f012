"""litellm: a server like OpenAI's and one like Anthropic's, streamed and whole."""

import os

import litellm

url = os.environ["MOCK_URL"]
messages = [{"role": "user", "content": "What is 3 + 4?"}]
for model, base in (("openai/mock-model", f"{url}/generic/v1"), ("anthropic/mock-model", f"{url}/anthropic_messages")):
    whole = litellm.completion(model=model, api_base=base, api_key="k", messages=messages)
    assert "7" in whole.choices[0].message.content
    assert whole.usage.completion_tokens > 0
    chunks = litellm.completion(model=model, api_base=base, api_key="k", messages=messages, stream=True)
    assert "7" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
