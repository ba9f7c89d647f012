"""langchain-openai: invoke, batch and stream."""

import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="mock-model", base_url=f"{os.environ['MOCK_URL']}/v1", api_key="k", max_retries=0)
whole = model.invoke("What is 3 + 4?")
assert "7" in whole.content
assert whole.usage_metadata["output_tokens"] > 0
assert all("7" in one.content for one in model.batch(["What is 3 + 4?"] * 3))
assert "7" in "".join(chunk.content for chunk in model.stream("What is 3 + 4?"))
