"""What each vendor says of a prompt that is longer than its model takes."""

from __future__ import annotations

CONTEXT_LENGTH_TEXTS = {
    "anthropic": "prompt is too long: {tokens} tokens > {limit} maximum",
    "cerebras": (
        "Please reduce the length of the messages or completion. Current length is {tokens} while limit is {limit}"
    ),
    "dashscope": "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, {limit}]",
    "gemini": "The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit}).",
    "groq": "Please reduce the length of the messages or completion.",
    "llamacpp": (
        "the request exceeds the available context size. try increasing the context size or enable context shift"
    ),
    "minimax": "invalid params, context window exceeds limit (2013)",
    "moonshot": "Invalid request: Your request exceeded model token limit: {limit} (requested: {tokens})",
    "openai": (
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages."
    ),
    "openrouter": (
        "This endpoint's maximum context length is {limit} tokens. However, you requested about {tokens} tokens "
        "({tokens} of text input). Please reduce the length of either one."
    ),
    "together": "Input validation error: `inputs` tokens must be <= {limit}. Given: {tokens} `inputs` tokens",
    "vllm": (
        "This model's maximum context length is {limit} tokens. However, you requested {tokens} tokens ({tokens} in "
        "the messages, 0 in the completion). Please reduce the length of the messages or completion."
    ),
    "xai": "This model's maximum prompt length is {limit} but the request contains {tokens} tokens.",
    "zai": "Prompt exceeds max length",
}
"""What vendors say of a prompt that is too long, by the first word of the dialect, as clients quote it in public bug
reports; a vendor that is not listed speaks like OpenAI, as most do."""
_SAYS_AS = {"deepseek": "vllm", "sglang": "vllm"}


def context_length_text(dialect: str, *, tokens: int, limit: int) -> str:
    """The vendor's words for a prompt of `tokens` where `limit` are allowed."""
    vendor = dialect.split("_")[0]
    text = CONTEXT_LENGTH_TEXTS.get(_SAYS_AS.get(vendor, vendor), CONTEXT_LENGTH_TEXTS["openai"])
    return text.format(tokens=tokens, limit=limit)
