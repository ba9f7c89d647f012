"""`harness grade explain`: one answer of a run, what was extracted from where, what it was compared with, which rule
decided, and what others say of it.

The stored grade is shown, not a new one. A text that is too long for a terminal is cut in its middle, and the cut says
how long it is; `--json` holds all of it.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from harness.cli.grading.find_answers import AnswerIndex
from harness.cli.options.context import integer
from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.core.types import Call, Completion, FinishReason, Grade, Sample
from harness.grading.code.case_specs import describe_target
from harness.report.render.mode import mark_origin
from harness.store.call_log import calls
from harness.store.codec import GradeLine, OpinionLine, ReviewLine
from harness.store.run_dir import RunDir

_WIDTH = 80
_INDENT = 13
_FIRST_LINES, _LAST_LINES = 30, 10
_MAX_ENTRY, _MAX_LINE = 600, 240
"""Characters of an entry and of one quoted line that are shown; longer ones are cut in their middle."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=run_path, metavar="RUN", help="a run folder, such as results/NAME")
    parser.add_argument("--sample", required=True, metavar="ID", help="the sample, as tables and files name it")
    parser.add_argument("-m", "--model", metavar="MODEL", help="the model's label (default: every model)")
    parser.add_argument("--repeat", type=integer, metavar="N", help="which repeat, from 0 (default: every one)")
    parser.add_argument("--task", metavar="TASK", help="where tasks share the sample's id")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of text")
    parser.epilog = "Offsets count the characters of the answer's text from 0; lines are counted from 1."


def run(arguments: argparse.Namespace) -> int:
    """Print the explanations; the exit code. Raises UsageError where no answer fits."""
    folder = RunDir.open(arguments.run)
    if folder.manifest().kind == "speed":
        raise UsageError(f"{arguments.run} measures speed; its answers are not graded")
    found = AnswerIndex(folder).find(
        sample=arguments.sample, model=arguments.model, repeat=arguments.repeat, task=arguments.task
    )
    answers = list(_explained(folder, {place.key for place in found}))
    if arguments.json:
        print(json.dumps([_as_json(answer) for answer in answers], indent=1, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(_as_text(answer)) for answer in answers))
    return EXIT_OK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explained:
    call: Call
    completion: Completion
    sample: Sample
    line: GradeLine | None
    opinion: OpinionLine | None
    review: ReviewLine | None


def _explained(folder: RunDir, keys: set[str]) -> Iterator[_Explained]:
    samples, grades = folder.samples(), folder.grades()
    opinions, reviews = folder.opinions(), folder.reviews()
    for call in calls(folder):
        if call.key not in keys or call.accepted is None:
            continue
        sample = samples[call.task, call.sample_id]
        yield _Explained(
            call=call,
            completion=call.accepted,
            sample=sample,
            line=grades.get(call.key),
            opinion=opinions.get(call.key),
            review=reviews.get(call.key),
        )


# text


def _as_text(answer: _Explained) -> Iterator[str]:
    call, line = answer.call, answer.line
    label = mark_origin(call.label, call.origin)
    yield f"{call.task} / {call.sample_id}   {label}   repeat {call.repeat}"
    if line is None:
        yield from _entry("verdict", "ungraded" if call.grader else "none: the task is not graded")
        return
    grade = line.grade
    yield from _entry(
        "verdict", f"{grade.verdict.value} (grader {grade.grader} {grade.grader_version}, {line.at:%F %T} UTC)"
    )
    yield from _extracted(answer, grade)
    found_by, _, decided_by = grade.rule.partition("; ")
    yield from _entry("found by", found_by if decided_by and decided_by in grade.why else grade.rule)
    yield from _entry("compared to", _target(answer))
    yield from _entry("decided by", grade.why)
    if grade.findings:
        said = (f"{name.replace('_', ' ')} {'yes' if holds else 'no'}" for name, holds in grade.findings.items())
        yield from _entry("findings", ", ".join(said))
    if grade.ended_by is not None:
        yield from _entry("ended by", grade.ended_by)
    if grade.sandbox_backend is not None:
        yield from _entry("sandbox", grade.sandbox_backend)
    yield from _finish(answer)
    yield from _others(answer)


def _extracted(answer: _Explained, grade: Grade) -> Iterator[str]:
    text = answer.completion.text
    if not grade.spans:
        yield from _entry(
            "extracted", "nothing" if grade.answer is None else f"{grade.answer} (the place was not stored)"
        )
        return
    for start, end in grade.spans:
        first, last = text.count("\n", 0, start) + 1, text.count("\n", 0, max(end - 1, start)) + 1
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        yield from _entry("extracted", f"characters {start:,} to {end:,} of {len(text):,} ({lines}):")
        yield from _quoted(text[start:end])


def _quoted(text: str) -> Iterator[str]:
    """The lines of a part of an answer, the first and the last of many, each cut and broken to the width."""
    lines = text.strip("\n").split("\n")
    hidden = max(0, len(lines) - _FIRST_LINES - _LAST_LINES)
    head, tail = (lines[:_FIRST_LINES], lines[-_LAST_LINES:]) if hidden else (lines, [])
    for line in head:
        yield from _quoted_line(line)
    if hidden:
        yield f"{' ' * _INDENT}| ... {counted(hidden, 'line')} left out ..."
    for line in tail:
        yield from _quoted_line(line)


def _quoted_line(line: str) -> Iterator[str]:
    shown, size = _printable(_cut(line, _MAX_LINE)), _WIDTH - _INDENT - 2
    for at in range(0, max(len(shown), 1), size):
        yield f"{' ' * _INDENT}| {shown[at : at + size]}".rstrip()


def _cut(text: str, limit: int) -> str:
    """The text, or its beginning and end with the number of characters between them."""
    if len(text) <= limit:
        return text
    kept = limit // 3
    return f"{text[: 2 * kept]} ... [{len(text) - 3 * kept:,} characters left out] ... {text[-kept:]}"


def _target(answer: _Explained) -> str:
    return describe_target(answer.sample.target) if answer.call.grader == "code" else answer.sample.target


def _finish(answer: _Explained) -> Iterator[str]:
    if answer.completion.finish_reason is FinishReason.LENGTH:
        yield from _entry("truncated", "the response stopped at the output limit")


def _others(answer: _Explained) -> Iterator[str]:
    if answer.opinion is not None:
        grade = answer.opinion.grade
        yield from _entry("2nd opinion", f"{grade.rule}: {grade.verdict.value}; {grade.why}")
    if answer.review is not None:
        review = answer.review
        yield from _entry("reviewed", f"{review.verdict.value}, by {review.name} on {review.at:%F}: {review.reason}")


def _entry(title: str, text: str) -> Iterator[str]:
    """A title and a text, wrapped behind it."""
    shown = _printable(" ".join(_cut(text, _MAX_ENTRY).split()))
    wrapped = textwrap.wrap(shown, _WIDTH - _INDENT, break_on_hyphens=False) or [""]
    yield f"{title:<{_INDENT - 1}} {wrapped[0]}".rstrip()
    yield from (f"{' ' * _INDENT}{line}" for line in wrapped[1:])


def _printable(text: str) -> str:
    """Without what a terminal would obey: a model wrote it."""
    return "".join(
        char if char.isprintable() or char == "\t" else char.encode("unicode_escape", "backslashreplace").decode()
        for char in text
    )


# JSON


def _as_json(answer: _Explained) -> dict[str, object]:
    call, grade = answer.call, None if answer.line is None else answer.line.grade
    text = answer.completion.text
    return {
        "task": call.task,
        "sample": call.sample_id,
        "model": call.label,
        "repeat": call.repeat,
        "simulated": call.simulated,
        "origin": call.origin.value,
        "verdict": None if grade is None else grade.verdict.value,
        "grader": None if grade is None else grade.grader,
        "grader_version": None if grade is None else grade.grader_version,
        "extracted": [] if grade is None else [_span_json(text, *span) for span in grade.spans],
        "answer": None if grade is None else grade.answer,
        "rule": None if grade is None else grade.rule,
        "target": _target(answer),
        "why": None if grade is None else grade.why,
        **({"findings": dict(grade.findings)} if grade is not None and grade.findings else {}),
        "ended_by": None if grade is None else grade.ended_by,
        "sandbox_backend": None if grade is None else grade.sandbox_backend,
        "second_opinion": None if answer.opinion is None else _opinion_json(answer.opinion),
        "review": None if answer.review is None else _review_json(answer.review),
    }


def _span_json(text: str, start: int, end: int) -> dict[str, object]:
    return {"start": start, "end": end, "text": text[start:end]}


def _opinion_json(line: OpinionLine) -> dict[str, object]:
    grade = line.grade
    return {"by": grade.rule, "verdict": grade.verdict.value, "answer": grade.answer, "why": grade.why}


def _review_json(line: ReviewLine) -> dict[str, object]:
    return {"verdict": line.verdict.value, "name": line.name, "reason": line.reason, "at": line.at.isoformat()}
