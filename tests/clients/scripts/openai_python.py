"""openai: chat and Responses, streamed and whole, the model list, a bad key, tools refused."""

import os

import openai

url = os.environ["MOCK_URL"]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)
messages = [{"role": "user", "content": "What is 3 + 4?"}]
whole = client.chat.completions.create(model="mock-model", messages=messages)
assert "7" in whole.choices[0].message.content
assert whole.usage.completion_tokens > 0
chunks = list(
    client.chat.completions.create(
        model="mock-model", messages=messages, stream=True, stream_options={"include_usage": True}
    )
)
assert "7" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens
response = client.responses.create(model="mock-model", input="What is 3 + 4?")
assert "7" in response.output_text
assert client.responses.retrieve(response.id).output_text == response.output_text
with client.responses.stream(model="mock-model", input="What is 3 + 4?") as stream:
    assert "7" in stream.get_final_response().output_text
assert "mock-model" in [model.id for model in client.models.list()]
assert client.models.retrieve("mock-model").id == "mock-model"
try:
    openai.OpenAI(base_url=f"{url}/v1", api_key="wrong-key").models.list()
    raise AssertionError("a bad key was accepted")
except openai.AuthenticationError:
    pass
try:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    client.chat.completions.create(model="mock-model", messages=messages, tools=[tool])
    raise AssertionError("tools were ignored")
except openai.BadRequestError as error:
    said = str(error)
assert "tools" in said
azure = openai.AzureOpenAI(azure_endpoint=url, api_key="k", api_version="2025-01-01-preview", max_retries=0)
assert "7" in azure.chat.completions.create(model="mock-model", messages=messages).choices[0].message.content
