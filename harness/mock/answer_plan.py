"""From a request to the turn that answers it: which draw, what text, how many tokens, what bill, at which times.

Pure: the instant, the draw's names and the models come in as arguments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import TypeAlias

from harness.config.simulation import PromptCache
from harness.core.types import Sample
from harness.mock.agent_answers import agent_answer, is_repository
from harness.mock.answers import REFUSAL, answer_text, thoughts
from harness.mock.billing import Tokens, bill
from harness.mock.faults import ScriptedStep
from harness.mock.formats.base import AnswerPlan, Body, Chunk, PlannedCall, ResponseFormat, StopCause
from harness.mock.prompt_cache import CacheUse
from harness.mock.scenario import DrawKey, DrawnBehavior, SimulatedModel
from harness.mock.tokens import pieces, prompt_tokens
from harness.mock.tool_answers import answer_without_tools, drawn_tool_fault, tool_answer

CHUNK_S = 0.020
"""Tokens due within this time leave in one chunk, which spares both sides' processors."""

_HUGE_PIECE = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """A request that a model shall answer: its decoded body, the texts of its prompt, and what is known of it.

    `cache`: what the model's prompt cache has of it; None where the model has none.
    """

    body: Body
    texts: tuple[str, ...]
    occasion: DrawKey
    sample: Sample | None
    at: datetime
    cache: CacheUse | None = None


def plan_answer(
    asked: AnswerRequest,
    model: SimulatedModel,
    response_format: ResponseFormat,
    draw: DrawnBehavior,
    step: ScriptedStep,
) -> AnswerPlan:
    """The answer to write, with everything it will be billed for if it is sent whole."""
    simulation = model.simulation
    thinks = simulation.reasoning_share > 0 and not response_format.thinking_is_off(asked.body)
    answer, calls, finish, is_correct = _answer(asked, model, draw, step)
    stop_sequence = _first_stop("".join(answer), response_format.stop_sequences(asked.body))
    if stop_sequence is not None:
        answer, finish = pieces("".join(answer).partition(stop_sequence)[0]), StopCause.STOP
    reasoning = _reasoning(len(answer) + _tokens_of(calls), simulation.reasoning_share, draw) if thinks else []
    limit = _output_limit(response_format.token_limit(asked.body), model.max_output_tokens)
    if limit is not None and len(reasoning) + len(answer) + _tokens_of(calls) > limit:
        reasoning = reasoning[:limit]
        answer = answer[: limit - len(reasoning)]
        calls = _cut(calls, limit - len(reasoning) - len(answer))
        finish, stop_sequence = StopCause.LENGTH, None
    prompt = prompt_tokens(asked.texts)
    cached, written = _cache(prompt, asked.cache, model, response_format, draw)
    visible = len(answer) + _tokens_of(calls)
    counted = Tokens(prompt=prompt, cached=cached, written=written, reasoning=len(reasoning), visible=visible)
    tokens = counted if step.usage is None else step.usage.tokens()
    return AnswerPlan(
        id=_identifier(asked.occasion),
        created=int(asked.at.timestamp()),
        model=step.served_model or model.name,
        reasoning=tuple(reasoning),
        answer=tuple(answer),
        finish=finish,
        tokens=tokens,
        bill=bill(model.price, tokens, at=asked.at, service_tier=service_tier_of(asked.body)),
        body=asked.body,
        thinks=thinks,
        reports_cache=simulation.cached_share.chance > 0 or asked.cache is not None or step.usage is not None,
        ttft_s=_ttft_s(draw, cached / prompt, simulation.prompt_cache),
        tokens_per_s=simulation.tokens_per_s,
        finish_word=step.finish_word,
        stop_sequence=stop_sequence,
        calls=calls,
        is_correct=is_correct,
    )


def _output_limit(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _first_stop(text: str, sequences: tuple[str, ...]) -> str | None:
    """The sequence that comes first in the text; None where none does."""
    places = [(text.find(sequence), sequence) for sequence in sequences if sequence in text]
    return min(places)[1] if places else None


def service_tier_of(body: Body) -> str | None:
    """The service tier asked for, if it is a text."""
    tier = body.get("service_tier")
    return tier if isinstance(tier, str) else None


_Answer: TypeAlias = tuple[list[str], tuple[PlannedCall, ...], StopCause, bool]
"""Text, calls, why it stopped, and whether a grader must find it correct."""


def _answer(asked: AnswerRequest, model: SimulatedModel, draw: DrawnBehavior, step: ScriptedStep) -> _Answer:
    if step.answer is not None or step.answer_bytes:
        parts = pieces(step.answer or "")
        whole, rest = divmod(step.answer_bytes, _HUGE_PIECE)
        parts += ["x" * _HUGE_PIECE] * whole + (["x" * rest] if rest else [])
        return parts, (), StopCause.STOP, draw.is_correct
    if draw.is_refused:
        return pieces(REFUSAL), (), StopCause.REFUSED, False
    if asked.sample is not None and asked.sample.tools is not None:
        return _tool_answer(asked, asked.sample, model, draw)
    if asked.sample is not None and is_repository(asked.sample):
        answers = (len(asked.texts) - 2) // 2  # system, prompt, then answers and replies in turn
        said = agent_answer(asked.sample, turn=answers, is_correct=draw.is_correct)
        return pieces(said), (), StopCause.STOP, draw.is_correct
    text = answer_text(asked.sample, is_correct=draw.is_correct, tokens=draw.answer_tokens, text_seed=draw.text_seed)
    if step.split == "utf8":
        text = "Réponse: " + text
    parts = pieces(text)
    if draw.cut_share is None:
        return parts, (), StopCause.STOP, draw.is_correct
    return parts[: max(1, int(len(parts) * draw.cut_share))], (), StopCause.LENGTH, draw.is_correct


def _tool_answer(asked: AnswerRequest, sample: Sample, model: SimulatedModel, draw: DrawnBehavior) -> _Answer:
    simulation, occasion = model.simulation, asked.occasion
    name = f"{simulation.seed}|{occasion.model}|{occasion.prompt_digest}|{occasion.repeat}"
    fault = drawn_tool_fault(simulation.tool_faults, name)
    if asked.body.get("tools") and asked.body.get("tool_choice") != "none":
        found = tool_answer(sample, is_correct=draw.is_correct, fault=fault, text_seed=draw.text_seed)
    else:  # a model cannot call what the request does not offer
        found = answer_without_tools(sample)
    text = pieces(found.text)
    calls = tuple(
        PlannedCall(id=f"{_identifier(occasion)[:12]}{number}", name=call.name, pieces=tuple(pieces(call.arguments)))
        for number, call in enumerate(found.calls)
    )
    if draw.cut_share is not None:
        kept = max(1, int((len(text) + _tokens_of(calls)) * draw.cut_share))
        return text[:kept], _cut(calls, kept - len(text[:kept])), StopCause.LENGTH, False
    finish = StopCause.TOOL_CALLS if calls and not found.says_stop else StopCause.STOP
    return text, calls, finish, found.is_correct


def _tokens_of(calls: tuple[PlannedCall, ...]) -> int:
    return sum(len(call.pieces) for call in calls)


def _cut(calls: tuple[PlannedCall, ...], tokens: int) -> tuple[PlannedCall, ...]:
    """The calls as far as that many tokens of their arguments go."""
    kept = []
    for call in calls:
        if tokens > 0:
            kept.append(replace(call, pieces=call.pieces[:tokens]))
        tokens -= len(call.pieces)
    return tuple(kept)


def _reasoning(visible: int, share: float, draw: DrawnBehavior) -> list[str]:
    count = max(1, round(visible * share / (1 - share)))
    return thoughts(count, Random(draw.text_seed + 1))


def _ttft_s(draw: DrawnBehavior, cached_share: float, rules: PromptCache | None) -> float:
    """The drawn time to the first token, less what the cached part of the prompt saves."""
    return draw.ttft_s if rules is None else draw.ttft_s * (1 - rules.ttft_saved * cached_share)


def _cache(
    prompt: int, use: CacheUse | None, model: SimulatedModel, response_format: ResponseFormat, draw: DrawnBehavior
) -> tuple[int, int]:
    """Tokens read from and written to the cache, as far as the reply can state them."""
    if use is not None:
        return use.read, use.written if response_format.reports_cache_writes else 0
    share = model.simulation.cached_share
    if draw.is_cached and response_format.reports_cache:
        return int(prompt * share.share), 0
    return 0, int(prompt * share.write_share) if response_format.reports_cache_writes else 0


def _identifier(occasion: DrawKey) -> str:
    name = f"{occasion.model}|{occasion.prompt_digest}|{occasion.repeat}|{occasion.attempt}"
    return f"{Random(name).getrandbits(96):024x}"


def chunks_of(turn: AnswerPlan, response_format: ResponseFormat) -> Iterator[Chunk]:
    """The turn's tokens in the chunks they leave in, each due when its last token is generated.

    The first token of all leaves alone, so that it leaves at `ttft_s` exactly.
    """
    gap_s = 1.0 / turn.tokens_per_s
    most = max(response_format.chunk_tokens, math.ceil(CHUNK_S / gap_s - 1e-9))
    index = 0
    calls = [(False, call.pieces, number) for number, call in enumerate(turn.calls)]
    for is_reasoning, parts, call in ((True, turn.reasoning, None), (False, turn.answer, None), *calls):
        start = 0
        while start < len(parts):
            size = response_format.chunk_tokens if index == 0 else most
            group = parts[start : start + size]
            start += len(group)
            index += len(group)
            at = turn.ttft_s + (index - 1) * gap_s
            text, starts_call = "".join(group), call is not None and start == len(group)
            yield Chunk(
                at=at, is_reasoning=is_reasoning, text=text, generated=index, call=call, starts_call=starts_call
            )


def ready_after_s(turn: AnswerPlan) -> float:
    """When the last token is generated, in seconds after the request came."""
    return turn.ttft_s + max(0, turn.tokens.completion - 1) / turn.tokens_per_s


def tokens_until(turn: AnswerPlan, generated: int) -> Tokens:
    """What is billed of a turn that broke after `generated` tokens: the whole prompt, reasoning before the answer."""
    reasoning = min(generated, turn.tokens.reasoning)
    visible = min(generated - reasoning, turn.tokens.visible)
    whole = turn.tokens
    return Tokens(prompt=whole.prompt, cached=whole.cached, written=whole.written, reasoning=reasoning, visible=visible)
