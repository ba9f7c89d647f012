"""`harness grade second-opinion`: a run's math answers graded by math-verify and, if wanted, by a model as a judge.

Prints how often they agree, the accuracies side by side, and each answer on which they do not. The run's grades stay as
they are. The judge's requests are a run of its own in RUN/judges, with its own budget and bill.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cli.grading.judge import JudgeResult, ask_judge
from harness.cli.options.context import add_providers_option, dollars
from harness.cli.options.prices import add_prices_option
from harness.cli.session.run_session import add_session_options
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.pricing.exact import exact_text
from harness.report.render.lines import align_columns
from harness.report.render.mode import mark_simulated
from harness.report.render.number_format import dollars as shown_dollars
from harness.report.run_data.reviewed import shown_accuracy
from harness.run.rederive.second_opinion import (
    ComparedAnswer,
    compare_opinions,
    grade_by_math_verify,
    math_answers,
)
from harness.stats.intervals import clustered_proportion
from harness.store.run_dir import RunDir

_MAX_LISTED = 20
_MAX_CELL = 32


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as results/NAME")
    parser.add_argument("--judge", metavar="MODEL", help="also ask this model; its requests cost money")
    parser.add_argument(
        "--max-usd", type=dollars, metavar="USD", help="budget for all judging by that model in this run"
    )
    parser.add_argument("--all", action="store_true", help=f"list every disagreement (default: {_MAX_LISTED})")
    parser.add_argument("--json", action="store_true", help="JSON instead of text, with every disagreement")
    add_providers_option(parser)
    add_prices_option(parser)
    add_session_options(parser)
    parser.epilog = (
        "Exit code: 0, or 3 when answers are left that the judge did not judge (run it again to go on). "
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
    report = _OpinionReport(folder=folder, answers=answers, judge=judge)
    if arguments.json:
        print(json.dumps(_as_json(report), indent=1, ensure_ascii=False))
    else:
        print("\n".join(_as_text(report, shows_all=arguments.all)))
    return EXIT_INCOMPLETE if judge is not None and judge.unjudged else EXIT_OK


# the comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpinionReport:
    folder: RunDir
    answers: Sequence[ComparedAnswer]
    judge: JudgeResult | None

    @property
    def disagreements(self) -> list[ComparedAnswer]:
        return [answer for answer in self.answers if answer.disagrees]


def _as_text(report: _OpinionReport, *, shows_all: bool) -> list[str]:
    judge = report.judge
    version = next((answer.second.grader_version for answer in report.answers if answer.second is not None), "?")
    lines = [
        f"second opinions on {counted(len(report.answers), 'math answer')} of {report.folder.name}",
        f"math-verify {version}: {_agreement(report.answers, 'second')}",
    ]
    if judge is not None:
        name = mark_simulated(judge.label, simulated=judge.is_simulated)
        spent = "?" if judge.spent_usd is None else f"${shown_dollars(judge.spent_usd)}"
        lines += [
            f"judge {name}: {_agreement(report.answers, 'judge')}",
            f"  its cost: {spent} for {counted(judge.requests, 'request')}, budget ${judge.max_usd:f} "
            f"({report.folder.path / 'judges'})",
        ]
    lines += ["", *align_columns(_accuracies(report), left=2), "95% CI in brackets; the run's grades are unchanged"]
    found = report.disagreements
    lines += ["", f"{counted(len(found), 'answer')} on which the opinions differ" + (":" if found else "")]
    shown = found if shows_all else found[:_MAX_LISTED]
    if shown:
        lines += align_columns(_disagreements(shown, has_judge=judge is not None), left=8)
    if len(found) > len(shown):
        lines.append(f"... and {len(found) - len(shown)} more (--all lists them)")
    if found:
        lines.append(f"see one: harness grade explain {report.folder.path} --sample ID -m MODEL")
    return lines


def _agreement(answers: Sequence[ComparedAnswer], which: str) -> str:
    counts = Counter(_relation(answer, which) for answer in answers)
    return ", ".join(f"{counts[word]} {word}" for word in ("agree", "differ", "without an opinion") if counts[word])


def _relation(answer: ComparedAnswer, which: str) -> str:
    own, other = _is_correct(_own(answer)), _is_correct(_verdict(answer, which))
    return "without an opinion" if own is None or other is None else "agree" if own is other else "differ"


def _own(answer: ComparedAnswer) -> Verdict | None:
    return None if answer.own is None else answer.own.verdict


def _verdict(answer: ComparedAnswer, which: str) -> Verdict | None:
    if which == "judge":
        return answer.judge
    return None if answer.second is None else answer.second.verdict


def _is_correct(verdict: Verdict | None) -> bool | None:
    return None if verdict in (None, Verdict.GRADER_ERROR) else verdict is Verdict.CORRECT


def _accuracies(report: _OpinionReport) -> list[list[str]]:
    """One row for each model on each task: the accuracy by each opinion, over the answers that it has one of."""
    groups: dict[tuple[str, str, bool], list[ComparedAnswer]] = defaultdict(list)
    for answer in report.answers:
        groups[answer.call.label, answer.call.task, answer.call.simulated].append(answer)
    judged = [] if report.judge is None else ["judge"]
    table = [["model", "task", "answers", "grader", "math-verify", *judged]]
    for (label, task, simulated), answers in groups.items():
        name = mark_simulated(label, simulated=simulated)
        opinions = [_accuracy(answers, which) for which in ("own", "second", *judged)]
        table.append([name, task, str(len(answers)), *opinions])
    return table


def _accuracy(answers: Sequence[ComparedAnswer], which: str) -> str:
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for answer in answers:
        is_correct = _is_correct(_own(answer) if which == "own" else _verdict(answer, which))
        if is_correct is not None:
            tally[answer.call.sample_id][0] += is_correct
            tally[answer.call.sample_id][1] += 1
    if not tally:
        return "-"
    graded = sum(repeats for _, repeats in tally.values())
    shown = shown_accuracy(clustered_proportion([(hits, repeats) for hits, repeats in tally.values()]))
    return shown if graded == len(answers) else f"{shown} of {graded}"


def _disagreements(answers: Sequence[ComparedAnswer], *, has_judge: bool) -> list[list[str]]:
    judged = ["judge"] if has_judge else []
    table = [["sample", "model", "#", "grader", "math-verify", *judged, "target", "answer"]]
    for answer in answers:
        call = answer.call
        verdicts = [_own(answer), _verdict(answer, "second"), *(answer.judge for _ in judged)]
        extracted = None if answer.own is None else answer.own.answer
        table.append(
            [
                f"{call.task}/{call.sample_id}",
                mark_simulated(call.label, simulated=call.simulated),
                str(call.repeat),
                *("-" if verdict is None else verdict.value for verdict in verdicts),
                _cell(answer.sample.target),
                _cell(extracted or "-"),
            ]
        )
    return table


def _cell(text: str) -> str:
    text = "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 3]}..."


def _as_json(report: _OpinionReport) -> dict[str, object]:
    judge = report.judge
    return {
        "run": report.folder.name,
        "answers": len(report.answers),
        "math_verify": dict(Counter(_relation(answer, "second") for answer in report.answers)),
        "judge": None
        if judge is None
        else {
            "model": judge.label,
            "simulated": judge.is_simulated,
            **Counter(_relation(answer, "judge") for answer in report.answers),
            "spent_usd": None if judge.spent_usd is None else exact_text(judge.spent_usd),
            "requests": judge.requests,
            "unjudged": judge.unjudged,
        },
        "disagreements": [_disagreement_json(answer) for answer in report.disagreements],
    }


def _disagreement_json(answer: ComparedAnswer) -> dict[str, object]:
    call = answer.call
    own, second = answer.own, answer.second
    return {
        "task": call.task,
        "sample": call.sample_id,
        "model": call.label,
        "simulated": call.simulated,
        "repeat": call.repeat,
        "target": answer.sample.target,
        "grader": None if own is None else {"verdict": own.verdict.value, "answer": own.answer, "why": own.why},
        "math_verify": None
        if second is None
        else {"verdict": second.verdict.value, "answer": second.answer, "why": second.why},
        "judge": None if answer.judge is None else answer.judge.value,
    }
