"""What the parsers of all formats share: decoding events, noting usage, finish and errors, the reply at the end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from harness.core.think_blocks import split_thinking
from harness.core.types import FailureKind, FinishReason, Json, Usage
from harness.providers.format.chunk_template import ChunkTemplate
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.json_payload import InvalidJson, as_text, decode, get_path, to_plain_json, well_formed
from harness.providers.format.wire_types import ChunkKind, ParsedResponse, ProviderError, StreamStage
from harness.providers.parsing.billed_items import ITEMS_KEY
from harness.providers.parsing.errors import read_error_value, retryable
from harness.providers.parsing.tool_calls import ToolCallCollector
from harness.providers.parsing.usage import is_filled, more_complete, read_usage

DONE = b"[DONE]"
PROXY_COST_HEADER = "x-litellm-response-cost"
GEMINI_TIER_HEADER = "x-gemini-service-tier"
TRAFFIC_TYPES = ("traffic_type", "trafficType", "extra_properties.google.traffic_type")
"""Where Google's usage names the tier: `ON_DEMAND`, `ON_DEMAND_FLEX`, `ON_DEMAND_PRIORITY`, `PROVISIONED_THROUGHPUT`.

Source: Vertex AI API reference, `UsageMetadata.trafficType`, as of 2026-11.
"""
TIER_FIELDS = frozenset({"speed", "service_tier", *(path.partition(".")[0] for path in TRAFFIC_TYPES)})
"""Fields of a usage that may name the tier."""
STANDARD_SPEEDS = frozenset({"", "standard", "normal", "default"})
"""Values of Anthropic's `usage.speed` that are billed at the plain rates; another is a tier of its own."""
REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-msh-request-id", "x-generation-id", "apim-request-id")
REQUEST_ID_NAMES = frozenset(REQUEST_ID_HEADERS)
MIN_CUMULATIVE_CHARS = 3
MAX_DECIMALS = 60
"""Of an amount of money. Dollars are summed exactly, which takes a digit for every place."""
EMPTY: Mapping[str, Json] = {}
NO_FINISH = frozenset({"null", "none"})


def strongest(kinds: list[ChunkKind]) -> tuple[ChunkKind, int]:
    """What chunks brought together: answer before reasoning; and how many of them brought text."""
    seen = next((kind for kind in (ChunkKind.ANSWER, ChunkKind.REASONING) if kind in kinds), ChunkKind.NOTHING)
    return seen, len(kinds) - kinds.count(ChunkKind.NOTHING)


class BaseResponseParser:
    """What the readers of all formats share: collected text, the first error, the last usage, and their summing up."""

    def __init__(self, dialect: Dialect, traits: frozenset[str]) -> None:
        self._dialect = dialect
        self._starts_inside = "starts_in_think" in traits
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._finish: str | None = None
        self._has_text_after_finish = False
        self._is_refusal = False
        self._has_tool_calls = False
        self._calls = ToolCallCollector()
        self._ended = False
        self._undecoded: str | None = None
        self._error: ProviderError | None = None
        self._raw_usage: Json = None
        self._beside: dict[str, Json] = {}
        self._items: dict[str, set[str]] = {}
        self._is_running = False
        self.template: ChunkTemplate | None = None
        self._template_event = ""
        self._is_reasoning_alone = False
        self._first: Mapping[str, Json] = EMPTY
        self._last: Mapping[str, Json] = EMPTY

    @property
    def stage(self) -> StreamStage:
        """How far the stream is, as the parts that came so far tell."""
        if self._ended:
            return StreamStage.ENDED
        if self._finish is None or self._has_text_after_finish:  # some servers name a reason in every chunk
            return StreamStage.RUNNING
        has_usage = not self._is_running and is_filled(self._raw_usage, self._dialect.usage)
        return StreamStage.FINISHED_WITH_USAGE if has_usage else StreamStage.FINISHED

    @property
    def content_chars(self) -> int:
        """Characters of content so far, think blocks in it and arguments of tool calls included."""
        return sum(map(len, self._text)) + self._calls.chars

    def feed_event(self, event: str, data: bytes) -> ChunkKind:
        """Take one event of a stream. After the end mark only usage is taken."""
        if self.template is not None and event == self._template_event:
            alike, end = self.template.texts_in(data)
            if len(alike) == 1 and end == len(data):  # what else it says was taken with the one before: same bytes
                return self.feed_texts(alike)[0]
        texts, thoughts, usage = len(self._text), len(self._reasoning), self._raw_usage
        seen = self._feed_unlike(event, data)
        texts, thoughts = len(self._text) - texts, len(self._reasoning) - thoughts
        is_open = self._finish is None and self._raw_usage is usage and self._error is None
        self.template = None
        has_others = bool(self._items) or self._has_tool_calls  # pieces of a call may repeat to the byte, and all count
        if is_open and not has_others and (texts, thoughts) in ((1, 0), (0, 1)):
            self._template_event, self._is_reasoning_alone = event, thoughts == 1
            self.template = ChunkTemplate.of(data, (self._reasoning if thoughts else self._text)[-1])
        return seen

    def feed_texts(self, texts: list[str]) -> tuple[ChunkKind, int]:
        """Take the texts of chunks that are `template` around them."""
        if not self._is_reasoning_alone:
            return self._contents(texts)
        return strongest([self._reason(text) for text in texts])

    def _contents(self, texts: list[str]) -> tuple[ChunkKind, int]:
        return strongest([self._content(text) for text in texts])

    def _content(self, text: str) -> ChunkKind:
        self._text.append(text)
        return ChunkKind.ANSWER

    def _reason(self, text: str) -> ChunkKind:
        self._reasoning.append(text)
        return ChunkKind.REASONING

    def _feed_unlike(self, event: str, data: bytes) -> ChunkKind:
        """Take an event that is not like the one before."""
        chunk = self._object_of_event(event, data)
        if chunk is None:
            return ChunkKind.NOTHING
        if self._ended:
            self._read_usage_of(chunk)
            return ChunkKind.NOTHING
        was_finished = self._finish is not None
        seen = self._read_event(event, chunk)
        if was_finished and seen is not ChunkKind.NOTHING:
            self._has_text_after_finish = True
        return seen

    def _read_event(self, event: str, chunk: Mapping[str, Json]) -> ChunkKind:
        """Take the object of one event."""
        raise NotImplementedError

    def _read_usage_of(self, chunk: Mapping[str, Json]) -> None:
        """Take the usage of an object that came after the end mark."""
        raise NotImplementedError

    def _object_of_event(self, event: str, data: bytes) -> Mapping[str, Json] | None:
        """The object of an event; None for the end mark, for keep-alive data, and for what is not an object.

        Keep-alive data: an empty `data:`, `null`, a word such as `ping` (theopenco/llmgateway#2334, read 2026-11).
        A word takes no text away, so it is damage only if the stream then ends without a finish reason.
        """
        text = data.strip()
        if text == DONE:
            self._ended = True
            return None
        if text.startswith((b"{", b"[{")):
            return self._decoded(data)
        if event == "error":
            return {"error": {"message": text.decode("utf-8", "replace")}}
        if text and text != b"null":
            self._undecoded = self._undecoded or _excerpt(data)
        return None

    def _decoded(self, data: bytes) -> Mapping[str, Json] | None:
        """The object in some bytes; None, with the error noted, where there is none."""
        try:
            value = decode(data)
        except InvalidJson as error:
            self._note_error(retryable(FailureKind.MALFORMED_RESPONSE, f"not JSON: {error}: {_excerpt(data)}"))
            return None
        if isinstance(value, list) and value and isinstance(value[0], Mapping):  # Gemini wraps errors in an array
            value = value[0]
        if isinstance(value, dict):  # not Mapping: that check is ten times as slow, and this runs for each chunk
            return value
        self._note_error(retryable(FailureKind.MALFORMED_RESPONSE, f"not an object but {_excerpt(data)}"))
        return None

    def _whole(self, body: bytes) -> Mapping[str, Json] | None:
        """The object that is a whole body; None, with the error noted, where there is none."""
        if not body.strip():
            self._note_error(retryable(FailureKind.EMPTY_RESPONSE, "the body is empty"))
            return None
        return self._decoded(body)

    def _note_error(self, error: ProviderError) -> None:
        """Keep the first error. What comes after a finish reason changes nothing: the answer is there and billed."""
        is_answer = self._finish is not None and self._finish.lower() not in self._dialect.failing_finishes
        if self._error is None and not is_answer:
            self._error = error

    def _note_finish(self, reason: Json) -> None:
        """Keep the last finish reason; `null` as a word is none (seen from gateways that print the value)."""
        if isinstance(reason, str) and reason and reason.lower() not in NO_FINISH:
            self._finish = reason

    def _read_error(self, document: Json) -> None:
        midstream = bool(self._text or self._reasoning)
        self._note_error(read_error_value(self._dialect, document, in_midstream=midstream))

    def _note_usage(self, usage: Json, envelope: Mapping[str, Json], *, is_running: bool = False) -> None:
        """Keep the last usage that is not all zeros, with what belongs to it from any envelope. Never a sum.

        `is_running`: it may count only what had come so far.
        """
        rules = self._dialect.usage
        self._beside |= {key: envelope[key] for key in rules.extra_usage_keys if key in envelope}
        kept = more_complete(self._raw_usage, usage, rules)
        if kept is not self._raw_usage:
            self._is_running = is_running
        self._raw_usage = {**kept, **self._beside} if self._beside and isinstance(kept, Mapping) else kept

    def _note_item(self, name: str, *, identity: str | None = None) -> None:
        """Keep what is charged beside the tokens and stands outside the usage; an identity is counted once."""
        seen = self._items.setdefault(name, set())
        seen.add(identity or f"#{len(seen)}")

    def _read_usage(self, *, has_text: bool) -> Usage | None:
        """The usage; its completion count is renamed, in what is kept too, where it does not count the answer.

        So it is with running counts of a stream that broke off, and with a zero beside a text: the true number is
        unknown, and a bill without it would be too low.
        """
        if self._items and isinstance(self._raw_usage, Mapping):  # inside it, so that usage can be read again
            counted: dict[str, Json] = {name: len(seen) for name, seen in self._items.items()}
            self._raw_usage = {**self._raw_usage, ITEMS_KEY: counted}
        usage = read_usage(self._dialect, self._raw_usage)
        suffix = "so_far" if self._is_running and not self._ended else None
        if has_text and usage is not None and usage.completion_tokens == 0:
            suffix = "unfilled"
        if suffix is None or not isinstance(self._raw_usage, Mapping):
            return usage
        rules = self._dialect.usage
        details = (path.partition(".")[0] for path in rules.reasoning)
        names = {*rules.completion, *rules.total, *rules.extra_usage_keys, *details}
        self._raw_usage = {f"{key}_{suffix}" if key in names else key: it for key, it in self._raw_usage.items()}
        return read_usage(self._dialect, self._raw_usage)

    def reply(self, headers: Mapping[str, str]) -> ParsedResponse:
        """The reply as far as it came."""
        text, reasoning = self._texts()
        usage = self._read_usage(has_text=bool(text.strip() or reasoning.strip()))
        finish = self._finish_reason(text)
        return ParsedResponse(
            text=text,
            reasoning=reasoning,
            finish_reason=finish,
            native_finish_reason=self._native_finish(),
            is_complete=self._ended or self._finish is not None,
            usage=usage,
            raw_usage=to_plain_json(self._raw_usage),
            reported_cost_usd=self._charge(headers),
            served_model=self._meta("model"),
            served_by=self._meta("provider") or self._meta("system_fingerprint"),
            service_tier=self._service_tier(headers),
            request_id=self._request_id(headers),
            error=self._error or self._failure(text, reasoning, usage, finish),
            undecoded=self._undecoded,
            tool_calls=self._calls.calls(),
        )

    def _texts(self) -> tuple[str, str]:
        """(answer, reasoning) with tags taken out; tags are looked for only where no field brought the reasoning."""
        text, reasoning = self._joined(self._text), self._joined(self._reasoning)
        for placeholder in self._dialect.placeholders:
            if not reasoning.replace(placeholder, "").strip():
                reasoning = ""
        tags = self._dialect.think_tags
        if tags and (not reasoning or text.lstrip().startswith(tuple(f"<{tag}>" for tag in tags))):
            inside, text = split_thinking(text, tags, starts_inside=self._starts_inside and not reasoning)
            reasoning = reasoning or inside
        return text, reasoning

    def _joined(self, parts: list[str]) -> str:
        if self._dialect.cumulative_deltas and _is_cumulative(parts):
            return well_formed(parts[-1])
        return well_formed("".join(parts))

    def _native_finish(self) -> str | None:
        return None if self._finish is None else well_formed(self._finish)

    def _finish_reason(self, text: str) -> FinishReason | None:
        if self._is_refusal or self._is_filtered(text):
            return FinishReason.REFUSED
        if self._finish is None:
            return FinishReason.TOOL_CALLS if self._has_tool_calls and self._ended else None
        word = self._finish.lower()
        known = self._dialect.finish_reasons
        return known.get(word) or known.get(word.partition(":")[0].strip()) or FinishReason.OTHER

    def _is_filtered(self, text: str) -> bool:
        """A filter of the output always counts; one of the input only where no answer came."""
        flags = (*self._dialect.flags_output, *(() if text else self._dialect.flags_input))
        return bool(flags) and any(self._last.get(flag) is True for flag in flags)

    def _failure(
        self, text: str, reasoning: str, usage: Usage | None, finish: FinishReason | None
    ) -> ProviderError | None:
        """Why a reply without an error of its own is no answer; None where it is one, or was cut."""
        if self._finish is not None and self._finish.lower() in self._dialect.failing_finishes:
            return retryable(FailureKind.INTERRUPTED, f"the provider broke off: finish reason {self._finish!r}")
        if text or reasoning or self._has_tool_calls or not (self._ended or self._finish is not None):
            return None
        generated = usage.completion_tokens if usage is not None else None
        # Generated tokens without text are a billed answer (all of it hidden thinking), not an empty reply to send
        # again.
        if not generated and finish in (None, FinishReason.STOP, FinishReason.OTHER):
            return retryable(FailureKind.EMPTY_RESPONSE, "the response holds no text and no generated tokens")
        return None

    def _meta(self, name: str) -> str | None:
        stated = as_text(self._last.get(name))
        return stated if stated or self._first is self._last else as_text(self._first.get(name))

    def _service_tier(self, headers: Mapping[str, str]) -> str | None:
        """The tier that served: Anthropic's `speed`, Google's traffic type and header, `service_tier` elsewhere."""
        raw = self._raw_usage
        if isinstance(raw, dict) and raw.keys().isdisjoint(TIER_FIELDS):
            return self._meta("service_tier") or as_text(headers.get(GEMINI_TIER_HEADER))
        speed = (as_text(get_path(raw, "speed")) or "").strip().lower()
        if speed not in STANDARD_SPEEDS:
            return speed
        types = (as_text(get_path(raw, path)) for path in TRAFFIC_TYPES)
        traffic = next((kind.lower() for kind in types if kind is not None), None)
        if traffic is not None and not traffic.endswith("unspecified"):
            return traffic.removeprefix("on_demand_")
        stated = self._meta("service_tier") or as_text(get_path(raw, "service_tier"))
        return stated or as_text(headers.get(GEMINI_TIER_HEADER))

    def _request_id(self, headers: Mapping[str, str]) -> str | None:
        return stated_request_id(headers) or self._meta("request_id") or self._meta("id")

    def _charge(self, headers: Mapping[str, str]) -> Decimal | None:
        """The provider's own charge from the usage, else what a LiteLLM proxy names in a header."""
        charge = self._dialect.charge
        if charge is not None and isinstance(self._raw_usage, Mapping):
            stated = charge(self._raw_usage)
            if stated is not None:
                return stated
        return parse_usd(headers.get(PROXY_COST_HEADER))


def stated_request_id(headers: Mapping[str, str]) -> str | None:
    """The id that the headers of a response give it."""
    if REQUEST_ID_NAMES.isdisjoint(headers):
        return None
    return next((headers[name] for name in REQUEST_ID_HEADERS if headers.get(name)), None)


def parse_usd(value: Json) -> Decimal | None:
    """An amount of money that makes sense; None for anything else."""
    if value is None or isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    # A Decimal of "1e999999" would need a million digits in an exact sum; NaN and Infinity have a letter as exponent.
    makes_sense = isinstance(exponent, int) and exponent >= -MAX_DECIMALS and 0 <= amount < 10**9
    return amount if makes_sense else None


def _is_cumulative(parts: list[str]) -> bool:
    """Whether each piece repeats all before it. Short texts can do so by chance, hence a least number of pieces."""
    if len(parts) < MIN_CUMULATIVE_CHARS or len(parts[-1]) == len(parts[0]):
        return False
    return all(later.startswith(earlier) for earlier, later in pairwise(parts))


def _excerpt(data: bytes) -> str:
    return repr(data[:200].decode("utf-8", "replace"))
