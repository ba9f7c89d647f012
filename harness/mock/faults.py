"""One scripted step: what the mock shall do wrong, or differently, with a request.

Steps are posted to `/_script` and taken by the next requests in order, or sent as JSON in the header `x-mock-script`.
Covers the fields and how a stream of frames is changed by them. Sending is `harness.mock.writer`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from harness.core.labels import closest_names
from harness.mock.billing import Tokens
from harness.mock.formats.base import AnswerPlan, ErrorKind, Frame, FrameKind, ResponseFormat

Seconds: TypeAlias = Annotated[float, Field(ge=0.0)]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Ending: TypeAlias = Literal["fin", "rst", "clean"]
"""How a stream is broken: the connection closed, the connection reset, or the body ended as if it were whole."""


class StatedUsage(BaseModel):
    """The tokens that an answer is billed for, whatever it says; the cached and written ones are part of the prompt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt_tokens: Count
    completion_tokens: Count
    cached_tokens: Count = 0
    cache_write_tokens: Count = 0
    reasoning_tokens: Count = 0

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.cached_tokens + self.cache_write_tokens > self.prompt_tokens:
            raise ValueError("cached and written tokens are part of the prompt: together at most `prompt_tokens`")
        if self.reasoning_tokens > self.completion_tokens:
            raise ValueError("reasoning tokens are part of the completion: at most `completion_tokens`")
        return self

    def tokens(self) -> Tokens:
        """As the mock bills them."""
        return Tokens(
            prompt=self.prompt_tokens,
            cached=self.cached_tokens,
            written=self.cache_write_tokens,
            reasoning=self.reasoning_tokens,
            visible=self.completion_tokens - self.reasoning_tokens,
        )


class ScriptedStep(BaseModel):
    """What happens to the next `times` requests (of `model`, if named). Without any other field: a usual answer.

    Before the answer: `refuse` closes the connection without a byte, `cut_headers` inside the headers; `delay_s` passes
    before the headers, `delay_body_s` between headers and body. Instead of it: `error` in the provider's own words
    (with `status` overriding the status, such as 200), or `status` with `headers` and `body` as given, `redirect`,
    `empty` (a 200 without a body).

    Inside the answer, after `after_chunks` chunks with text, or at the end of a shorter one: `cut`, `stall_s`,
    `error_event`; `cut_before` cuts before the usage or the end mark instead. `comments` come before the first data,
    `comment_gap_s` apart.

    `usage`: the tokens that are stated and billed instead of those of the texts.

    `split`: one byte per write, each write in two halves, or a pause inside the first character that is not ASCII.
    Seconds are real ones, whatever the time scale. What is about chunks does nothing to an answer that is not streamed,
    except `cut`, which then breaks the body in its middle.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: Annotated[int, Field(ge=1)] = 1
    model: str | None = None

    refuse: Literal["fin", "rst"] | None = None
    cut_headers: Literal["fin", "rst"] | None = None
    delay_s: Seconds = 0.0
    delay_body_s: Seconds = 0.0

    error: ErrorKind | None = None
    message: str = ""
    retry_after_s: Seconds = 1.0
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    headers: dict[str, str] = {}
    body: str | dict[str, object] | list[object] | None = None
    redirect: str | None = None
    empty: bool = False

    after_chunks: Count = 1
    cut: Ending | None = None
    cut_before: Literal["usage", "done"] | None = None
    stall_s: Seconds = 0.0
    error_event: ErrorKind | None = None

    answer: str | None = None
    answer_bytes: Count = 0
    usage: StatedUsage | None = None
    served_model: str | None = None
    finish_word: str | None = None
    no_done: bool = False
    omit_usage: bool = False
    duplicate_usage: bool = False
    chunk_without_choices: bool = False
    comments: Count = 0
    comment_gap_s: Seconds = 0.0
    blank_lines: Count = 0
    long_line_bytes: Count = 0

    split: Literal["byte", "half", "utf8"] | None = None
    crlf: bool = False
    gzip: bool = False
    content_type: str | None = None
    slow_loris_s: Seconds = 0.0
    close_after: bool = False
    billed: bool = True

    @property
    def replaces_answer(self) -> bool:
        """Whether no model answers at all."""
        return self.error is not None or self.status is not None or self.redirect is not None or self.empty


END_OF_GENERATION = (FrameKind.USAGE, FrameKind.DONE)
"""Frames that are sent only when every token has been generated."""

STEPS: TypeAdapter[list[ScriptedStep]] = TypeAdapter(list[ScriptedStep])
USUAL = ScriptedStep()
_COMMENT = b": mock comment\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamBreak:
    """The point where a stream is broken, and how; `generated` tokens had been generated by then."""

    at: float
    how: Ending
    generated: int
    delay_s: float


def apply(
    step: ScriptedStep, frames: Iterable[Frame], *, response_format: ResponseFormat, turn: AnswerPlan
) -> Iterator[Frame | StreamBreak]:
    """The frames as the step changes them."""
    chunks, generated, delay, is_first, has_erred = 0, 0, step.delay_body_s, True, False
    for frame in frames:
        if is_first:
            is_first = False
            yield from _before_all(step, frame, response_format=response_format, turn=turn, delay_s=delay)
            delay += step.comments * step.comment_gap_s
        is_due = chunks == step.after_chunks and frame.kind is not FrameKind.KEEPALIVE
        if not has_erred and (is_due or frame.kind in END_OF_GENERATION):
            has_erred = True
            delay += step.stall_s
            if step.error_event is not None:
                data = response_format.error_event(step.error_event)
                yield Frame(at=frame.at, delay_s=delay, data=data, kind=FrameKind.CLOSING, generated=generated)
                yield StreamBreak(at=frame.at, delay_s=delay, how="clean", generated=generated)
                return
            if step.cut is not None and step.cut_before is None:
                yield StreamBreak(at=frame.at, delay_s=delay, how=step.cut, generated=generated)
                return
        if _is_cut_before(step, frame):
            yield StreamBreak(at=frame.at, delay_s=delay, how=step.cut or "fin", generated=frame.generated)
            return
        chunks += frame.kind is FrameKind.TEXT
        generated = max(generated, frame.generated)
        yield from _changed(step, replace(frame, delay_s=delay))


def _is_cut_before(step: ScriptedStep, frame: Frame) -> bool:
    if step.cut_before == "usage":
        return frame.kind in END_OF_GENERATION
    return step.cut_before == "done" and frame.kind is FrameKind.DONE


def _before_all(
    step: ScriptedStep, first: Frame, *, response_format: ResponseFormat, turn: AnswerPlan, delay_s: float
) -> Iterator[Frame]:
    at = min(first.at, turn.ttft_s / 2)
    if step.comment_gap_s:
        for _ in range(step.comments):
            delay_s += step.comment_gap_s
            yield Frame(at=at, data=_COMMENT, kind=FrameKind.KEEPALIVE, delay_s=delay_s)
    extra = (b"" if step.comment_gap_s else _COMMENT * step.comments) + b"\n" * step.blank_lines
    if step.chunk_without_choices:
        extra += b'data: {"id":"mock","object":"chat.completion.chunk"}\n\n'
    if step.long_line_bytes:
        extra += response_format.padding(turn, step.long_line_bytes)
    if extra:
        yield Frame(at=at, data=extra, kind=FrameKind.OPENING, delay_s=delay_s)


def _changed(step: ScriptedStep, frame: Frame) -> Iterator[Frame]:
    if step.no_done and frame.kind is FrameKind.DONE:
        return
    if step.omit_usage and frame.kind is FrameKind.USAGE:
        return
    yield frame
    if step.duplicate_usage and frame.kind is FrameKind.USAGE:
        yield frame


def explained(error: ValidationError) -> str:
    """What is wrong with a step, with the nearest known names of fields."""
    lines = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        hint = ""
        if problem["type"] == "extra_forbidden":
            hint = f"; {closest_names(str(problem['loc'][-1]), ScriptedStep.model_fields)}"
        lines.append(f"{place}: {problem['msg']}{hint}")
    return "; ".join(lines)
