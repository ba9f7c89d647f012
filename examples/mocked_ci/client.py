"""A small client, as an application has one."""

import openai


def ask(base_url: str, model: str, question: str) -> str:
    """The model's answer. Raises openai.RateLimitError when the third attempt is refused as well."""
    with openai.OpenAI(base_url=base_url, api_key="unused", max_retries=2) as client:
        found = client.chat.completions.create(model=model, messages=[{"role": "user", "content": question}])
        return found.choices[0].message.content or ""
