"""anthropic: messages, streamed and whole, a count of tokens, a bad key."""

import os

import anthropic

url = os.environ["MOCK_URL"]
client = anthropic.Anthropic(base_url=f"{url}/anthropic_messages", api_key="k", max_retries=0)
messages = [{"role": "user", "content": "What is 3 + 4?"}]
whole = client.messages.create(model="mock-model", max_tokens=500, messages=messages)
assert "7" in whole.content[0].text
assert whole.stop_reason == "end_turn"
assert whole.usage.output_tokens > 0
with client.messages.stream(model="mock-model", max_tokens=500, messages=messages) as stream:
    text = "".join(stream.text_stream)
    assert "7" in text
    assert stream.get_final_message().usage.output_tokens > 0
assert client.messages.count_tokens(model="mock-model", messages=messages).input_tokens > 0
try:
    bad = anthropic.Anthropic(base_url=f"{url}/anthropic_messages", api_key="wrong-key", max_retries=0)
    bad.messages.create(model="mock-model", max_tokens=5, messages=messages)
    raise AssertionError("a bad key was accepted")
except anthropic.AuthenticationError:
    pass
