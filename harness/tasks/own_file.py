"""What a row of a user's own file means: `harness run my.jsonl --grader math` needs no code.

Fields: one of prompt, question, problem, input; one of answer, target; optional id, system, reference, tags (an object
of texts; in a CSV cell, such an object as JSON). Other fields are ignored, and an empty text counts as missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.core.types import Sample, Source, Task
from harness.tasks.prompt_change import NO_CHANGE, PromptChange
from harness.tasks.prompts import for_grader
from harness.tasks.rows import content_id

PROMPT_FIELDS = ("prompt", "question", "problem", "input")
TARGET_FIELDS = ("answer", "target")


def task_from_file(file_name: str, grader: str, change: PromptChange = NO_CHANGE) -> Task:
    """A task named like the file, without a pinned hash."""
    return Task(
        name=file_name,
        version=1,
        grader=grader,
        source=Source(title=file_name, licence="the user's own", files=(file_name,)),
        to_sample=lambda row, _position: _own_sample(row, grader, change),
        content_hash=None,
        summary="a file of the user's own",
    )


def _own_sample(row: Mapping[str, object], grader: str, change: PromptChange) -> Sample:
    problem = _field(row, PROMPT_FIELDS)
    if not isinstance(problem, str):
        raise ValueError(f"the prompt is {json.dumps(problem)[:60]}; accepted: text")
    return Sample(
        id=_id(row, problem),
        prompt=for_grader(change.fill(problem), grader),
        target=_target(_field(row, TARGET_FIELDS), grader),
        system=_optional_text(row, "system"),
        tags=_tags(row),
        reference=_optional_text(row, "reference"),
    )


def _field(row: Mapping[str, object], names: tuple[str, ...]) -> object:
    given = [name for name in names if row.get(name) not in (None, "")]
    if not given:
        hint = "; rename 'solution' to 'answer' if it holds the final answer alone" if "solution" in row else ""
        raise ValueError(f"none of the fields {', '.join(names)}; found {', '.join(sorted(row)) or 'no fields'}{hint}")
    if len(given) > 1 and any(row[name] != row[given[0]] for name in given[1:]):
        raise ValueError(f"fields {' and '.join(given)} differ; accepted: one of them")
    return row[given[0]]


def _id(row: Mapping[str, object], problem: str) -> str:
    value = row.get("id")
    if value in (None, ""):
        return content_id("row", problem)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"id is {json.dumps(value)[:60]}; accepted: text or a whole number")
    return str(value)


def _target(value: object, grader: str) -> str:
    """Text as it is, a number as JSON writes it, an object or list (such as tests for the code grader) as JSON."""
    if grader not in ("code", "literal") and isinstance(value, dict | list):
        raise ValueError(f"the answer is {json.dumps(value)[:60]}; accepted for the grader {grader}: text or a number")
    if isinstance(value, bool):
        raise ValueError(f"the answer is {json.dumps(value)}; accepted: text, a number, or an object for the grader")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _optional_text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is {json.dumps(value)[:60]}; accepted: text")
    return value or None


def _tags(row: Mapping[str, object]) -> dict[str, str]:
    value = row.get("tags") or {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(f"tags is {value[:60]!r}; accepted: an object of texts as JSON") from None
    if not isinstance(value, dict) or not all(isinstance(tag, str) for tag in value.values()):
        raise ValueError(f"tags is {json.dumps(value)[:60]}; accepted: an object of texts")
    return dict(value)
