"""What an ended batch comes to: the answers of its processed requests, shuffled, billed once at batch rates."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from hashlib import sha256
from random import Random

from harness.mock.answer_plan import AnswerRequest, plan_answer
from harness.mock.attempt import FAULT_ERRORS, refusal_of, tool_texts
from harness.mock.batches.store import BatchAnswer, BatchLine, StoredBatch
from harness.mock.billing import LedgerEntry, bill
from harness.mock.faults import USUAL
from harness.mock.formats.base import AnswerPlan, ErrorKind, ErrorReply, ResponseFormat
from harness.mock.formats.known import FORMATS, format_at_route
from harness.mock.scenario import DrawKey, SimulatedModel, answers_instead, digest_of, draw
from harness.mock.state import MockState
from harness.mock.tokens import prompt_tokens

BATCH_HEADER = "x-harness-batch"
"""Stands in the ledger's headers of an answer that was given in a batch."""
_NAMED_DRAW = re.compile(r".*-r([0-9]+)-a([0-9]+)(?:-[0-9a-f]{12})?")
"""The runner's custom ids say which repeat and attempt they are, as its headers do for single requests."""


def answers_of(state: MockState, batch: StoredBatch) -> list[BatchAnswer]:
    """The results of an ended batch; billed when they are asked for the first time."""
    known = state.batch_answers.get(batch.id)
    if known is None:
        known = state.batch_answers[batch.id] = _process(state, batch)
    return known


def _process(state: MockState, batch: StoredBatch) -> list[BatchAnswer]:
    count = state.batches.processed(batch)
    response_format = format_at_route(FORMATS[batch.dialect], batch.route)
    found, entries = [], []
    for line in batch.lines[:count]:
        answer, entry = _answer(state, batch, line, response_format)
        found.append(answer)
        entries += [] if entry is None else [entry]
    billed = any(entry.headers.get(BATCH_HEADER) == batch.id for entry in state.ledger.entries())
    for entry in () if billed else entries:  # a mock that was killed and started again bills nothing twice
        state.ledger.append(entry)
    found = found[batch.script.missing :]
    found += found[: batch.script.duplicates]
    found[: batch.script.foreign] = (
        replace(one, custom_id=f"{one.custom_id[:-12]}{'f' * 12}") for one in found[: batch.script.foreign]
    )
    Random(batch.id).shuffle(found)
    return [*found, *(BatchAnswer(custom_id=line.custom_id, status=0) for line in batch.lines[count:])]


def _answer(
    state: MockState, batch: StoredBatch, line: BatchLine, response_format: ResponseFormat
) -> tuple[BatchAnswer, LedgerEntry | None]:
    state.received += 1
    name = str(line.body.get("model"))
    model = state.models.get(name)
    if model is None:
        return _error(line, response_format.error(ErrorKind.NOT_FOUND, f"the mock has no model {name!r}", 0)), None
    try:
        texts, user_message = response_format.messages(line.body)
    except ValueError as error:
        return _error(line, response_format.error(ErrorKind.BAD_REQUEST, str(error), 0)), None
    sample = state.answers.find(user_message)
    texts += tool_texts(line.body)
    refused = refusal_of(response_format, line.body, model, prompt_tokens(texts), sample)
    if refused is not None:
        return _error(line, refused), None
    occasion = _occasion(state, line, name, digest_of(texts))
    instead = answers_instead(model.simulation, occasion)
    if instead is not None:
        model = state.models.get(instead.model) or replace(model, name=instead.model)
    drawn = draw(model.simulation, occasion, sample.tags.get("difficulty") if sample is not None else None)
    if drawn.fault in FAULT_ERRORS:
        return _error(line, response_format.error(FAULT_ERRORS[drawn.fault], "", 0)), None
    asked = AnswerRequest(body=line.body, texts=tuple(texts), occasion=occasion, sample=sample, at=batch.created_at)
    turn = plan_answer(asked, model, response_format, drawn, USUAL)
    # xAI states its charge in the answer: that of a batch.
    turn = replace(turn, bill=bill(model.price, turn.tokens, at=batch.created_at, service_tier="batch"))
    state.answered[f"{name}|{occasion.prompt_digest}"] += 1
    entry = _entry(state, batch, asked, model, turn, response_format)
    return BatchAnswer(custom_id=line.custom_id, status=200, body=json.loads(response_format.whole(turn))), entry


def _entry(
    state: MockState,
    batch: StoredBatch,
    asked: AnswerRequest,
    model: SimulatedModel,
    turn: AnswerPlan,
    response_format: ResponseFormat,
) -> LedgerEntry:
    now, sample = asyncio.get_running_loop().time(), asked.sample
    return LedgerEntry(
        request=state.received,
        model=model.name,
        dialect=response_format.name,
        at=batch.created_at,
        sample_id=sample.id if sample is not None else None,
        repeat=asked.occasion.repeat,
        attempt=asked.occasion.attempt,
        headers={BATCH_HEADER: batch.id},
        streamed=False,
        outcome="complete",
        is_correct=turn.is_correct and sample is not None,
        tokens=turn.tokens,
        bill=turn.bill,
        received_s=now,
        first_token_s=None,
        last_byte_s=now,
        text_sha256=sha256(turn.answer_text.encode()).hexdigest(),
    )


def _error(line: BatchLine, reply: ErrorReply) -> BatchAnswer:
    body = json.loads(reply.body)
    return BatchAnswer(custom_id=line.custom_id, status=reply.status, body=body[0] if isinstance(body, list) else body)


def _occasion(state: MockState, line: BatchLine, model: str, digest: str) -> DrawKey:
    named = _NAMED_DRAW.fullmatch(line.custom_id)
    repeat = named[1] if named else str(state.answered[f"{model}|{digest}"])
    return DrawKey(model=model, prompt_digest=digest, repeat=repeat, attempt=named[2] if named else "0")
