"""`harness grade`: the graders on answers from elsewhere, and what they and others say of the answers of a run.

`math` and `code` grade JSONL files. `explain` shows how one answer of a run was graded; `second-opinion` asks
math-verify and, if wanted, a model; `review` records persons' decisions. None of the last three changes a grade: that
is `harness regrade`.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from harness.cli.grading import explain, review, second_opinion
from harness.cli.grading.code_lines import grade_code_lines
from harness.cli.grading.math_lines import grade_math_lines
from harness.cli.options.context import add_sandbox_option, positive
from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_OK
from harness.core.plurals import counted
from harness.grading.base import grader_names
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = f"graders: {', '.join(grader_names())}; harness grade list says what each grades"
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    math = actions.add_parser("math", help="whether answers denote the same mathematical object as the gold answers")
    given = math.add_mutually_exclusive_group(required=True)
    given.add_argument("--pairs", metavar="FILE", help="JSONL of gold, prediction, optional question and id")
    given.add_argument("--responses", metavar="FILE", help="JSONL of gold, response_text, optional question and id")
    math.epilog = "equal is true, false, or null where it could not be decided in time. Rules: docs/grading-math.md."
    code = actions.add_parser("code", help="whether programs pass the tests of a public suite, in the sandbox")
    code.add_argument("--samples", required=True, metavar="FILE", help="JSONL of id, suite, task_id, completion")
    code.add_argument("--data-dir", required=True, type=Path, metavar="DIR", help="where the suites' files are")
    code.add_argument("--jobs", type=positive, metavar="N", help="worker processes (default: cores - 1, at most 8)")
    add_sandbox_option(code, joined_by_unsafe="run the programs without isolation; stamped on every line")
    code.epilog = (
        "Suites: humaneval, humanevalplus, mbpp, mbpp-sanitized, mbppplus, bigcodebench-hard. passed is null where "
        "the sandbox or the tests failed. More: docs/sandbox.md."
    )
    for action in (math, code):
        action.description = (
            "FILE may be gzipped; - is standard input. One line out for each line in, in their order; a line that "
            "cannot be used gives an object with line and error. Ends with 1 if there was one, else with 0."
        )
    explain.configure(actions.add_parser("explain", help="how an answer of a run was graded, with what was extracted"))
    second_opinion.configure(
        actions.add_parser("second-opinion", help="math answers of a run by math-verify and, if wanted, by a model")
    )
    review.configure(actions.add_parser("review", help="record people's decisions on answers; accuracy with them"))
    add_output_options(actions.add_parser("list", help="the graders and what each grades"))


def run(arguments: argparse.Namespace) -> int:
    """Run the action; the exit code. Raises UsageError or DataError for a file that cannot be read."""
    match arguments.action:
        case "list":
            print_document(_list_document(), arguments)
            return EXIT_OK
        case "code":
            return grade_code_lines(arguments)
        case "math":
            are_responses = arguments.responses is not None
            return grade_math_lines(arguments.responses or arguments.pairs, are_responses=are_responses)
        case "explain":
            return explain.run(arguments)
        case "second-opinion":
            return second_opinion.run(arguments)
        case _:
            return review.run(arguments)


COLUMNS: tuple[Column[str], ...] = (
    prose_column("grader", "grader", lambda name: name),
    prose_column("grades", "a response is correct when", lambda name: _summary(name)),
)


def _summary(name: str) -> str:
    """What a grader says of itself, in the first line of its module."""
    said = importlib.import_module(f"harness.grading.{name}.grader").__doc__ or ""
    return said.partition("\n")[0].partition(": ")[2].removesuffix(".")


def _list_document() -> ReportDocument:
    names = grader_names()
    rows = records(COLUMNS, names)
    return ReportDocument(
        title=counted(len(names), "grader"),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(names)),)),),
        record=rows,
        flat=FlatRows(keys=tuple(column.key for column in COLUMNS), rows=tuple(rows)),
    )
