"""`harness grade second-opinion`: a run's math answers graded by math-verify and, if wanted, by a model as a judge.

Prints how often they agree, the accuracies side by side, and each answer on which they do not. The run's grades stay as
they are. The judge's requests are a run of its own in RUN/judges, with its own budget and bill.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cli.grading.judge import JudgeResult, ask_judge
from harness.cli.options.context import add_providers_option, dollars
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option
from harness.cli.session.run_session import add_session_options
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.core.types import Origin, Verdict
from harness.pricing.exact import exact_text
from harness.report.render.lines import printable
from harness.report.render.mode import mark_origin, mark_simulated, mode_of
from harness.report.render.number_format import dollars as shown_dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.report.run_data.reviewed import shown_accuracy
from harness.run.rederive.second_opinion import (
    JUDGES,
    ComparedAnswer,
    compare_opinions,
    grade_by_math_verify,
    math_answers,
)
from harness.stats.intervals import ConfidenceInterval, clustered_proportion
from harness.store.run_dir import RunDir

_MAX_CELL = 32


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as results/NAME")
    judge = parser.add_argument_group("a judge model")
    judge.add_argument("--judge", metavar="MODEL", help="also ask this model; its requests cost money")
    judge.add_argument("--max-usd", type=dollars, metavar="USD", help="that model's budget in this run in dollars")
    add_providers_option(judge)
    add_prices_option(judge)
    add_session_options(parser)
    add_output_options(parser, has_json_option=True)
    parser.epilog = (
        "Exit code: 0, or 3 while answers are left without an opinion of the judge (run it again to continue). "
        "What a person decides is recorded by: harness grade review."
    )


def run(arguments: argparse.Namespace) -> int:
    """Ask, compare, print; the exit code. Raises UsageError for no math answers, or a judge without a budget."""
    folder = RunDir.open(arguments.run)
    if (arguments.judge is None) != (arguments.max_usd is None):
        raise UsageError("--judge MODEL and --max-usd USD go together: a judge's requests cost money")
    if not any(True for _ in math_answers(folder)):
        raise UsageError(f"{arguments.run} has no answers of a math task; a second opinion is for these")
    with folder.locked():
        grade_by_math_verify(folder, SYSTEM_CLOCK)
    judge = None if arguments.judge is None else ask_judge(folder, arguments)
    answers = list(compare_opinions(folder, {} if judge is None else judge.verdicts))
    print_document(_document(folder, answers, judge), arguments)
    return EXIT_INCOMPLETE if judge is not None and judge.unjudged else EXIT_OK


# the document


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelOpinions:
    """All math answers of one model on one task."""

    label: str
    task: str
    origin: Origin
    answers: tuple[ComparedAnswer, ...]


def _document(folder: RunDir, answers: Sequence[ComparedAnswer], judge: JudgeResult | None) -> ReportDocument:
    differing = tuple(answer for answer in answers if answer.disagrees)
    groups = _groups(answers)
    flat = [_disagreement(answer) for answer in differing]
    sections = [Section(title="accuracy", tables=(_accuracy_table(groups, has_judge=judge is not None),))]
    if differing:
        title = f"{counted(len(differing), 'answer')} on which the opinions differ"
        sections.append(Section(title=title, tables=(_differing_table(differing, has_judge=judge is not None),)))
    return ReportDocument(
        title=f"second opinions on {counted(len(answers), 'math answer')} of {folder.name}",
        mode=mode_of(answer.call.origin for answer in answers),
        sections=tuple(sections),
        notes=("95% CI in brackets; the run's own grades are unchanged",),
        result=tuple(_result(folder, answers, judge, has_differing=bool(differing))),
        record={
            "run": folder.name,
            "answers": len(answers),
            "math_verify": dict(Counter(_relation(answer, "second") for answer in answers)),
            "judge": None if judge is None else _judge_record(answers, judge),
            "disagreements": flat,
        },
        flat=FlatRows(keys=tuple(flat[0]) if flat else ("task", "sample", "model", "repeat"), rows=tuple(flat)),
    )


def _groups(answers: Sequence[ComparedAnswer]) -> tuple[_ModelOpinions, ...]:
    found: dict[tuple[str, str, Origin], list[ComparedAnswer]] = {}
    for answer in answers:
        found.setdefault((answer.call.label, answer.call.task, answer.call.origin), []).append(answer)
    return tuple(
        _ModelOpinions(label=label, task=task, origin=origin, answers=tuple(group))
        for (label, task, origin), group in found.items()
    )


def _result(
    folder: RunDir, answers: Sequence[ComparedAnswer], judge: JudgeResult | None, *, has_differing: bool
) -> Iterator[str]:
    version = next((answer.second.grader_version for answer in answers if answer.second is not None), "?")
    yield f"math-verify {version}: {_agreement(answers, 'second')}"
    if judge is not None:
        name = mark_simulated(judge.label, simulated=judge.is_simulated)
        spent = "?" if judge.spent_usd is None else f"${shown_dollars(judge.spent_usd)}"
        yield f"judge {name}: {_agreement(answers, 'judge')}"
        yield (
            f"its cost: {spent} for {counted(judge.requests, 'request')}, budget ${judge.max_usd:f} "
            f"({folder.path / JUDGES})"
        )
    if has_differing:
        yield f"see one: harness grade explain {folder.path} --sample ID -m MODEL"


def _agreement(answers: Sequence[ComparedAnswer], which: str) -> str:
    counts = Counter(_relation(answer, which) for answer in answers)
    words = {"agree": "agree", "differ": "differ", "none": "without an opinion"}
    return ", ".join(f"{counts[key]} {word}" for key, word in words.items() if counts[key])


def _relation(answer: ComparedAnswer, which: str) -> str:
    own, other = _is_correct(answer, "own"), _is_correct(answer, which)
    return "none" if own is None or other is None else "agree" if own is other else "differ"


def _verdict(answer: ComparedAnswer, which: str) -> Verdict | None:
    if which == "judge":
        return answer.judge
    grade = answer.own if which == "own" else answer.second
    return None if grade is None else grade.verdict


def _is_correct(answer: ComparedAnswer, which: str) -> bool | None:
    verdict = _verdict(answer, which)
    return None if verdict in (None, Verdict.GRADER_ERROR) else verdict is Verdict.CORRECT


def _accuracy_table(groups: tuple[_ModelOpinions, ...], *, has_judge: bool) -> Table[_ModelOpinions]:
    columns = (
        prose_column("model", "model", lambda row: mark_origin(row.label, row.origin)),
        prose_column("task", "task", lambda row: row.task),
        Column(
            key="answers",
            title="answers",
            meaning="",
            text=lambda row: str(len(row.answers)),
            value=lambda row: len(row.answers),
        ),
        _accuracy_column("own", "grader"),
        _accuracy_column("second", "math-verify"),
        *((_accuracy_column("judge", "judge"),) if has_judge else ()),
    )
    return Table(columns=columns, rows=groups, is_marked=lambda row: row.origin is not Origin.LIVE)


def _accuracy_column(which: str, title: str) -> Column[_ModelOpinions]:
    def text(row: _ModelOpinions) -> str:
        found, graded = _accuracy(row.answers, which)
        return shown_accuracy(found) if graded == len(row.answers) else f"{shown_accuracy(found)} of {graded}"

    def value(row: _ModelOpinions) -> float | None:
        found, _ = _accuracy(row.answers, which)
        return None if found is None else found.estimate

    return Column(key=which, title=title, meaning="accuracy by this opinion", text=text, value=value)


def _accuracy(answers: Sequence[ComparedAnswer], which: str) -> tuple[ConfidenceInterval | None, int]:
    """The accuracy by an opinion, and over how many answers."""
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for answer in answers:
        is_correct = _is_correct(answer, which)
        if is_correct is not None:
            tally[answer.call.sample_id][0] += is_correct
            tally[answer.call.sample_id][1] += 1
    if not tally:
        return None, 0
    found = clustered_proportion([(hits, repeats) for hits, repeats in tally.values()])
    return found, sum(repeats for _, repeats in tally.values())


def _differing_table(answers: tuple[ComparedAnswer, ...], *, has_judge: bool) -> Table[ComparedAnswer]:
    def verdict_column(which: str, title: str) -> Column[ComparedAnswer]:
        return prose_column(which, title, lambda one: getattr(_verdict(one, which), "value", "-"))

    columns = (
        prose_column("sample", "sample", lambda one: f"{one.call.task}/{one.call.sample_id}"),
        prose_column("model", "model", lambda one: mark_origin(one.call.label, one.call.origin)),
        prose_column("repeat", "#", lambda one: str(one.call.repeat)),
        verdict_column("own", "grader"),
        verdict_column("second", "math-verify"),
        *((verdict_column("judge", "judge"),) if has_judge else ()),
        prose_column("target", "target", lambda one: _cell(one.sample.target)),
        prose_column("answer", "answer", lambda one: _cell((one.own and one.own.answer) or "-")),
    )
    return Table(columns=columns, rows=answers, is_marked=lambda one: one.call.origin is not Origin.LIVE)


def _cell(text: str) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 3]}..."


def _judge_record(answers: Sequence[ComparedAnswer], judge: JudgeResult) -> dict[str, object]:
    return {
        "model": judge.label,
        "simulated": judge.is_simulated,
        **Counter(_relation(answer, "judge") for answer in answers),
        "spent_usd": None if judge.spent_usd is None else exact_text(judge.spent_usd),
        "requests": judge.requests,
        "unjudged": judge.unjudged,
    }


def _disagreement(answer: ComparedAnswer) -> dict[str, object]:
    call = answer.call
    found: dict[str, object] = {
        "task": call.task,
        "sample": call.sample_id,
        "model": call.label,
        "simulated": call.simulated,
        "origin": call.origin.value,
        "repeat": call.repeat,
        "target": answer.sample.target,
    }
    for name, grade in (("grader", answer.own), ("math_verify", answer.second)):
        found[f"{name}_verdict"] = None if grade is None else grade.verdict.value
        found[f"{name}_answer"] = None if grade is None else grade.answer
        found[f"{name}_why"] = None if grade is None else grade.why
    return {**found, "judge_verdict": None if answer.judge is None else answer.judge.value}
