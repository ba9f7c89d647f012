"""Which official clients and harnesses are tried against the mock, with the versions that were tried last.

Each has a script in `scripts/` that makes a small run against `MOCK_URL` and asserts on what came back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`packages`: from PyPI where the script ends in .py, from npm where it ends in .mjs."""

    name: str
    script: str
    packages: tuple[str, ...]

    @property
    def is_python(self) -> bool:
        """Whether it runs in a virtual environment; else in Node."""
        return self.script.endswith(".py")


CLIENTS = (
    Client(name="openai-python", script="openai_python.py", packages=("openai==3.57.0",)),
    Client(name="anthropic", script="anthropic_python.py", packages=("anthropic==2.14.0",)),
    Client(name="groq", script="groq_python.py", packages=("groq==1.7.0",)),
    Client(name="openrouter", script="openrouter_python.py", packages=("openrouter==1.3.84",)),
    Client(name="litellm", script="litellm_python.py", packages=("litellm==1.110.2",)),
    Client(name="langchain", script="langchain_python.py", packages=("langchain-openai==1.7.4",)),
    Client(name="inspect", script="inspect_python.py", packages=("inspect-ai==0.3.285", "openai==3.57.0")),
    Client(name="lm-eval", script="lm_eval_python.py", packages=("lm-eval[api]==0.4.13",)),
    Client(name="guidellm", script="guidellm_python.py", packages=("guidellm==0.8.1",)),
    Client(name="openai-node", script="openai_node.mjs", packages=("openai@7.59.0",)),
    Client(name="vercel-ai", script="vercel_ai.mjs", packages=("ai@7.0.173", "@ai-sdk/openai-compatible@3.0.92")),
    Client(name="promptfoo", script="promptfoo.mjs", packages=("promptfoo@0.123.1",)),
)
