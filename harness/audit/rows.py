"""Answers of a source as rows of a board: one for each model and task, with sums and what each task came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from harness.core.types import Completion, Usage, Verdict
from harness.importers.results import BoardRow, ImportedAnswer, ImportedModel, ImportedResults, ModelTokens
from harness.pricing.exact import exact_sum


def rows_of(results: ImportedResults) -> tuple[BoardRow, ...]:
    """The rows of a board, or rows made of answers, with what the board prints of the same model and task."""
    if not results.answers:
        return results.rows
    groups: dict[tuple[str, str], list[ImportedAnswer]] = {}
    for answer in results.answers:
        groups.setdefault((answer.model, answer.task), []).append(answer)
    printed = {(row.model, row.benchmark): row for row in results.rows}
    models = {model.name: model for model in results.models}
    return tuple(_with_printed(_row(place, own, models), printed.get(place)) for place, own in groups.items())


def _row(place: tuple[str, str], answers: Sequence[ImportedAnswer], models: Mapping[str, ImportedModel]) -> BoardRow:
    model, task = place
    graded = [one for one in answers if one.grade is not None]
    charges = {f"{one.sample_id}#{one.repeat}": one.attempt.reported_cost_usd for one in answers}
    known = {name: usd for name, usd in charges.items() if usd is not None}
    usages = {f"{one.sample_id}#{one.repeat}": one.attempt.usage for one in answers}
    name = _billed_name(models.get(model), model)
    by_task = {key: tokens for key, usage in usages.items() if (tokens := _tokens(name, [usage])) is not None}
    total = _tokens(name, list(usages.values()))
    return BoardRow(
        id=model,
        model=model,
        benchmark=task,
        n=len(answers),
        correct=sum(_is_correct(one) for one in graded) if len(graded) == len(answers) else None,
        usd=exact_sum(known.values()) if len(known) == len(charges) else None,
        days=_days(answers),
        tokens=() if total is None else (total,),
        tokens_by_task=by_task,
        outcomes={f"{one.sample_id}#{one.repeat}": _is_correct(one) for one in graded},
        usd_by_task=known,
        figures={
            "cost_unknown": Decimal(len(charges) - len(known)),
            "cached_not_reported": Decimal(sum(one is None or one.cached_tokens is None for one in usages.values())),
            "api_calls": _calls(answers),
        },
    )


def _is_correct(answer: ImportedAnswer) -> bool:
    return answer.grade is not None and answer.grade.verdict is Verdict.CORRECT


def _calls(answers: Sequence[ImportedAnswer]) -> Decimal | None:
    """Requests of all tasks together; None where the source lacks those of one."""
    found = [one.attempt.effective.get("api_calls") for one in answers if isinstance(one.attempt, Completion)]
    known = [one for one in found if isinstance(one, int)]
    return Decimal(sum(known)) if len(known) == len(answers) else None


def _billed_name(model: ImportedModel | None, name: str) -> str:
    if model is None or model.model_id is None:
        return name
    return f"{model.gateway}/{model.model_id}" if model.gateway else model.model_id


def _days(answers: Iterable[ImportedAnswer]) -> tuple[date, ...]:
    """The first and the last day of the answers."""
    found = sorted({at.date() for one in answers if (at := one.attempt.timing.started_at) is not None})
    return tuple(dict.fromkeys((found[0], found[-1]))) if found else ()


def _tokens(model: str, usages: Sequence[Usage | None]) -> ModelTokens | None:
    """The sums; None where a reply lacks its prompt or completion count."""
    whole = [one for one in usages if one is not None and None not in (one.prompt_tokens, one.completion_tokens)]
    if not whole or len(whole) != len(usages):
        return None
    reasoning = [one.stated_reasoning_tokens or one.reasoning_tokens for one in whole]
    return ModelTokens(
        model=model,
        prompt=sum(one.prompt_tokens or 0 for one in whole),
        completion=sum(one.completion_tokens or 0 for one in whole),
        cached=sum(one.cached_tokens or 0 for one in whole),
        reasoning=None if None in reasoning else sum(one or 0 for one in reasoning),
    )


def _with_printed(row: BoardRow, printed: BoardRow | None) -> BoardRow:
    if printed is None:
        return row
    return replace(
        row,
        accuracy=printed.accuracy,
        usd_per_task=printed.usd_per_task,
        usd_printed=printed.usd_printed,
        days=row.days or printed.days,
        figures={**row.figures, **printed.figures},
        notes=printed.notes,
    )
