"""What a report says of an imported run: whose results these are, and how their verdicts stand beside ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_data.summary import VerdictPairs
from harness.store.codec import ImportedFrom

SOURCE_GRADER = "imported:"
"""How the names of graders begin that stand for the source's own verdicts."""


def imported_notes(run: RunData) -> Iterator[str]:
    """Sentences on the source, what it lacks, and where its verdicts differ from those of our own grader."""
    found = run.manifest.imported
    if found is None:
        return
    yield f"IMPORTED by the format {found.format} from {source_words(found)}"
    if found.lacking:
        yield f"not in the source, so unknown: {'; '.join(found.lacking)}"


def source_words(found: ImportedFrom) -> str:
    """Title, address, licence and last day of an imported source, as far as they are known."""
    day = None if found.published_on is None else f"until {found.published_on}"
    parts = (found.title, found.url, found.licence, day)
    return ", ".join(part for part in parts if part) or "a file"


def source_verdicts(run: RunData) -> dict[str, Verdict]:
    """The source's own verdicts by key, of answers that another grader has graded since; empty before that."""
    if run.manifest.imported is None:
        return {}
    theirs: dict[str, Verdict] = {}
    ours: set[str] = set()
    for line in run.run.grade_lines():
        if line.grade.grader.startswith(SOURCE_GRADER):
            theirs[line.key] = line.grade.verdict
        elif line.grade.verdict is not Verdict.GRADER_ERROR:
            ours.add(line.key)
    return {key: verdict for key, verdict in theirs.items() if key in ours}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAgreement:
    """The source's verdicts beside ours, by model and task; a consumer of the jobs of a run."""

    theirs: dict[str, Verdict]
    by_place: dict[tuple[str, str], VerdictPairs] = field(default_factory=dict)

    @classmethod
    def of(cls, run: RunData) -> SourceAgreement:
        """Empty for a run of our own, and before the first regrading."""
        return cls(theirs=source_verdicts(run))

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        verdict = self.theirs.get(record.key)
        if verdict is not None and record.verdict is not None:
            pairs = self.by_place.setdefault((record.label, record.task), VerdictPairs())
            pairs.counts[verdict is Verdict.CORRECT, record.verdict is Verdict.CORRECT] += 1

    def sentences(self) -> Iterator[str]:
        """One for each model and task, for where both stand in no table."""
        for (label, task), one in self.by_place.items():
            share = f"{one.correct_for_source:,} of {counted(one.total, 'answer')}"
            yield f"{label} on {task}: {share} correct by the source's own verdicts, {one.alike:,} agreeing with ours"

    def notes(self) -> Iterator[str]:
        """How often our verdict (correct or not) is the source's."""
        found = sum((one.counts for one in self.by_place.values()), Counter[tuple[bool, bool]]())
        if found:
            same = found[True, True] + found[False, False]
            yield (
                f"the source's verdicts beside ours: {same:,} of {counted(found.total(), 'answer')} alike, "
                f"{found[True, False]:,} correct only for the source, {found[False, True]:,} only for our grader"
            )
