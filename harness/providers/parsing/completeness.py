"""Whether a response that arrived without a break is a whole answer."""

from __future__ import annotations

from harness.core.types import FailureKind
from harness.providers.format.wire_types import ParsedResponse, ProviderError

NO_FINISH_REASON = (
    "the stream ended without a finish reason. If this server never sends one, set `stream: false` for the model, or "
    "another `dialect`; --accept-unfinished takes such answers, marked"
)


def why_incomplete(reply: ParsedResponse, *, is_stream: bool) -> ProviderError | None:
    """Why a response without an error of its own is not a whole answer; None where it is one.

    `[DONE]` alone does not make an answer whole: llama-cpp-python ends a stream with it that the next request
    interrupted (seen 2026-11). Other servers never send a finish reason (songquanpeng/one-api#1299, read 2026-11).
    """
    if reply.is_complete and not (is_stream and reply.finish_reason is None):
        return None
    has_text = bool(reply.text or reply.reasoning or reply.tool_calls)
    has_usage = reply.usage is not None and reply.usage.completion_tokens is not None
    if is_stream and has_text and reply.finish_reason is None and (reply.is_complete or has_usage):
        return ProviderError(kind=FailureKind.NO_FINISH_REASON, message=NO_FINISH_REASON, is_retryable=True)
    if reply.undecoded is not None:
        what = f"no finish reason, and an event that is not JSON: {reply.undecoded}"
        return ProviderError(kind=FailureKind.MALFORMED_RESPONSE, message=what, is_retryable=True)
    kind = FailureKind.STREAM_TRUNCATED if has_text else FailureKind.EMPTY_RESPONSE
    what = "the stream ended without a finish reason" if has_text else "the answer has no content"
    return ProviderError(kind=kind, message=what, is_retryable=True)
