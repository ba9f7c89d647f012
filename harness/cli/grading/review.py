"""`harness grade review`: persons' decisions on answers of a run, recorded apart from the graders' grades.

A file is recorded whole or not at all. Without a file the accuracies are shown with and without what is recorded.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.cli.grading.find_answers import AnswerIndex
from harness.cli.input.jsonl import lines_of
from harness.cli.options.output import add_output_options, print_document
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_OK, DataError, UsageError
from harness.core.plurals import counted
from harness.core.types import Origin, Verdict
from harness.report.render.mode import mark_origin, mode_of
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records
from harness.report.run_data.load import RunData
from harness.report.run_data.reviewed import ReviewedAccuracy, is_decision, shown_accuracy
from harness.report.run_data.summary import ModelSummary
from harness.store.codec import ReviewLine, encode
from harness.store.log import write_whole
from harness.store.run_dir import RunDir

_FIELDS = ("sample", "model", "repeat", "verdict", "name", "reason")
_MAX_ERRORS = 20
UNREVIEWED = "no answer of this run has been reviewed: harness grade review RUN FILE records decisions"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as results/NAME")
    parser.add_argument("file", nargs="?", metavar="FILE", help="decisions: .csv or .jsonl; - is standard input, JSONL")
    add_output_options(parser, has_json_option=True)
    decided = ", ".join(verdict.value for verdict in Verdict if is_decision(verdict))
    parser.epilog = (
        f"Fields: {', '.join(_FIELDS)}, and task where tasks share a sample's id. verdict is one of {decided}. name "
        "and reason say who decided and why. The last decision on an answer counts. Without FILE: the accuracies with "
        "and without the recorded decisions."
    )


def run(arguments: argparse.Namespace) -> int:
    """Record the file's decisions, if there is one, and show the accuracies; the exit code.

    Raises DataError naming each row that cannot be used; then nothing is recorded.
    """
    folder = RunDir.open(arguments.run)
    if folder.manifest().kind == "speed":
        raise UsageError(f"{arguments.run} measures speed; its answers are not graded")
    recorded = None
    if arguments.file is not None:
        with folder.locked():
            lines = _decisions(arguments.file, AnswerIndex(folder))
            earlier = folder.reviews_path.read_bytes() if folder.reviews_path.exists() else b""
            write_whole(folder.reviews_path, earlier + b"".join(map(encode, lines)))
        recorded = len(lines)
    print_document(_document(folder, recorded), arguments)
    return EXIT_OK


# the file


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    fields: Mapping[str, object]


def _rows(path: str) -> Iterator[_Row]:
    """The rows of a file. Raises DataError where it cannot be read as what its name says."""
    if path.endswith(".csv"):
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 2):
                    yield _Row(f"line {number}", {key: value for key, value in row.items() if value != ""})
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path} is no CSV in UTF-8: {error}") from error
        return
    if path != "-" and not path.endswith((".jsonl", ".jsonl.gz")):
        raise UsageError(f"{path}: decisions are read from .csv or .jsonl, or from standard input (-) as JSONL")
    with lines_of(path) as lines:
        for line in lines:
            if line.error is not None:
                raise DataError(f"{path}: line {line.number}: {line.error}")
            yield _Row(f"line {line.number}", line.row)


def _decisions(path: str, index: AnswerIndex) -> list[ReviewLine]:
    found, errors = [], []
    for row in _rows(path):
        try:
            found.append(_decision(row.fields, index))
        except (UsageError, DataError) as error:
            errors.append(f"{row.where}: {error}")
    if errors:
        more = [f"... and {len(errors) - _MAX_ERRORS} more"] if len(errors) > _MAX_ERRORS else []
        told = "\n  ".join([*errors[:_MAX_ERRORS], *more])
        raise DataError(f"{path}: {counted(len(errors), 'row')} cannot be used, so nothing was recorded:\n  {told}")
    if not found:
        raise DataError(f"{path} holds no decision; each row has {', '.join(_FIELDS)}")
    return found


def _decision(row: Mapping[str, object], index: AnswerIndex) -> ReviewLine:
    unknown = [str(field) for field in row if field not in (*_FIELDS, "task")]
    if unknown:
        raise DataError(f"{', '.join(unknown)}: no such field; accepted: {', '.join(_FIELDS)}, task")
    sample, name, reason = _text(row, "sample"), _text(row, "name"), _text(row, "reason")
    model = _text(row, "model") if "model" in row else None
    task = _text(row, "task") if "task" in row else None
    places = index.find(sample=sample, model=model, repeat=_repeat(row), task=task)
    if len(places) > 1:
        named = "; ".join(map(str, places[:4]))
        raise DataError(f"{sample} names {counted(len(places), 'answer')} ({named}); add model, repeat or task")
    return ReviewLine(
        key=places[0].key, at=SYSTEM_CLOCK.now(), verdict=_verdict(_text(row, "verdict")), name=name, reason=reason
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{name} is {value!r}; a text is needed")
    return value.strip()


def _repeat(row: Mapping[str, object]) -> int | None:
    value = row.get("repeat")
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdecimal():
        raise DataError(f"repeat is {value!r}; a number from 0 is needed")
    return int(str(value))


def _verdict(text: str) -> Verdict:
    known = {verdict.value: verdict for verdict in Verdict if is_decision(verdict)}
    if text.lower() not in known:
        raise DataError(f"verdict is {text!r}; accepted: {', '.join(known)}")
    return known[text.lower()]


# the accuracies


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReviewedRow:
    """One model on one task: by the grader, and with the decisions."""

    graders: ModelSummary
    persons: ModelSummary
    reviewed: int
    changed: int


_COLUMNS: tuple[Column[_ReviewedRow], ...] = (
    prose_column("model", "model", lambda row: mark_origin(row.graders.label, row.graders.origin)),
    prose_column("task", "task", lambda row: row.graders.task),
    Column(
        key="reviewed",
        title="reviewed",
        meaning="answers that a person decided",
        text=lambda row: f"{row.reviewed} of {row.graders.answered}",
        value=lambda row: row.reviewed,
    ),
    Column(
        key="changed",
        title="changed",
        meaning="of these, answers with another verdict than the grader's",
        text=lambda row: str(row.changed),
        value=lambda row: row.changed,
    ),
    Column(
        key="accuracy_grader",
        title="accuracy (grader)",
        meaning="with 95% CI, by the grader alone; this is what all other reports show",
        text=lambda row: shown_accuracy(row.graders.accuracy),
        value=lambda row: _estimate(row.graders),
    ),
    Column(
        key="accuracy_with_reviews",
        title="accuracy (with reviews)",
        meaning="with 95% CI; people's decisions replace the grader's verdicts",
        text=lambda row: shown_accuracy(row.persons.accuracy),
        value=lambda row: _estimate(row.persons),
    ),
)


def _estimate(summary: ModelSummary) -> float | None:
    return None if summary.accuracy is None else summary.accuracy.estimate


def _document(folder: RunDir, recorded: int | None) -> ReportDocument:
    """The accuracies with and without the decisions. `recorded`: how many were just added; None: no file was given."""
    data = RunData.load(folder)
    accuracy = ReviewedAccuracy.of(data)
    data.read(accuracy)
    rows = tuple(
        _ReviewedRow(
            graders=graders,
            persons=persons,
            reviewed=accuracy.reviewed[graders.label, graders.task],
            changed=accuracy.changed[graders.label, graders.task],
        )
        for graders, persons in accuracy.rows()
    )
    table = Table(columns=_COLUMNS, rows=rows, is_marked=lambda row: row.graders.origin is not Origin.LIVE)
    added = () if recorded is None else (f"{counted(recorded, 'decision')} recorded in {folder.reviews_path}",)
    flat = [{**record, **_intervals(row)} for record, row in zip(records(_COLUMNS, rows), rows, strict=True)]
    return ReportDocument(
        title=f"reviews of {folder.name}",
        mode=mode_of(row.graders.origin for row in rows) if rows else "",
        sections=(Section(title="", tables=(table,)),) if rows else (),
        notes=() if rows else (UNREVIEWED,),
        result=added,
        record={"run": folder.name, "recorded": recorded, "rows": flat},
        flat=FlatRows(keys=tuple(flat[0]) if flat else tuple(column.key for column in _COLUMNS), rows=tuple(flat)),
    )


def _intervals(row: _ReviewedRow) -> dict[str, object]:
    found: dict[str, object] = {
        "model": row.graders.label,
        "simulated": row.graders.origin is Origin.SIMULATED,
        "origin": row.graders.origin.value,
    }
    for name, summary in (("grader", row.graders), ("with_reviews", row.persons)):
        ci = summary.accuracy
        found[f"accuracy_{name}_low"] = None if ci is None else ci.low
        found[f"accuracy_{name}_high"] = None if ci is None else ci.high
        found[f"graded_{name}"] = summary.graded
    return found
