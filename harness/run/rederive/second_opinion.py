"""A second opinion on a run's math answers: math-verify, free, and where asked for a model as a judge.

Graded rows keep their own verdict. What math-verify says is appended to `opinions.jsonl`; what a judge says is read
from runs of its own below the folder `judges`, made by the machinery of every run: budget, retries, resume, bill. A
judged answer is never asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from harness.core.clock import Clock
from harness.core.types import Call, Grade, Sample, Verdict
from harness.run.planning.manifest import grader_options
from harness.run.rederive.grade_again import grade_again
from harness.run.rederive.judge_task import judgement
from harness.store.call_log import calls
from harness.store.codec import OpinionLine, encode
from harness.store.log import LogWriter
from harness.store.run_dir import MANIFEST, RunDir

JUDGED_GRADER, SECOND_GRADER = "math", "math_verify"
JUDGES = "judges"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedAnswer:
    """An answer with the run's own grade and the other opinions; None: there is none.

    `judge`: the judge's verdict, None where it was not asked or its response could not be read.
    """

    call: Call
    sample: Sample
    own: Grade | None
    second: Grade | None
    judge: Verdict | None

    @property
    def disagrees(self) -> bool:
        """Whether one opinion calls the answer right and another does not; an ungraded answer has no opinion."""
        found = [grade.verdict for grade in (self.own, self.second) if grade is not None]
        found += [self.judge] if self.judge is not None else []
        decided = {verdict is Verdict.CORRECT for verdict in found if verdict is not Verdict.GRADER_ERROR}
        return len(decided) > 1


def math_answers(run: RunDir) -> Iterator[tuple[Call, Sample]]:
    """The accepted answers that the math grader grades, in the order of the log."""
    samples = run.samples()
    for call in calls(run):
        if call.accepted is not None and call.grader == JUDGED_GRADER:
            yield call, samples[call.task, call.sample_id]


def grade_by_math_verify(run: RunDir, clock: Clock) -> None:
    """Append math-verify's opinion on every math answer that has none by this version; call it in the run's lock."""
    asyncio.run(_grade_by_math_verify(run, clock))


async def _grade_by_math_verify(run: RunDir, clock: Clock) -> None:
    current = version("math-verify")
    known = {key for key, line in run.opinions().items() if line.grade.grader_version == current}
    if all(call.key in known for call, _ in math_answers(run)):
        return  # a pool takes seconds to start
    writer = LogWriter(run.opinions_path)

    def on_grade(call: Call, grade: Grade) -> None:
        writer.append_soon(encode(OpinionLine(key=call.key, at=clock.now(), grade=grade)))

    answers = ((call, sample, SECOND_GRADER) for call, sample in math_answers(run) if call.key not in known)
    options = grader_options(run.manifest(), sandbox_backend=None)
    try:
        await grade_again(answers, graders=(SECOND_GRADER,), options=options, on_grade=on_grade)
    finally:
        await writer.close()


def judge_runs(run: RunDir, label: str) -> list[RunDir]:
    """The runs in which that model was asked to judge this run's answers, in the order they were begun."""
    folders = sorted((run.path / JUDGES).glob(f"{_folder_name(label)}-*/{MANIFEST}"), key=_number)
    return [RunDir.open(path.parent) for path in folders]


def next_judge_folder(run: RunDir, label: str) -> Path:
    """Where the next run of that judge goes."""
    taken = [_number(found.path / MANIFEST) for found in judge_runs(run, label)]
    return run.path / JUDGES / f"{_folder_name(label)}-{max(taken, default=0) + 1}"


def _folder_name(label: str) -> str:
    return "".join(character if character.isalnum() or character in "._" else "_" for character in label)


def _number(manifest: Path) -> int:
    number = manifest.parent.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def judgements(runs: Sequence[RunDir]) -> dict[str, Verdict | None]:
    """What a judge said of answers, by their keys; None: its response could not be read or never came."""
    found: dict[str, Verdict | None] = {}
    for run in runs:
        for key in (sample_id for _, sample_id in run.samples()):
            found.setdefault(key, None)
        for call in calls(run):
            if call.accepted is not None:
                found[call.sample_id] = judgement(call.accepted.text)
    return found


def compare_opinions(run: RunDir, judged: Mapping[str, Verdict | None]) -> Iterator[ComparedAnswer]:
    """Every math answer with its grade and the other opinions."""
    grades, opinions = run.grades(), run.opinions()
    for call, sample in math_answers(run):
        own, second = grades.get(call.key), opinions.get(call.key)
        yield ComparedAnswer(
            call=call,
            sample=sample,
            own=None if own is None else own.grade,
            second=None if second is None else second.grade,
            judge=judged.get(call.key),
        )
