"""What a report says of an imported run: whose results these are, and how their verdicts stand beside ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.report.run_data.load import RunData
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
    yield from _verdicts_beside(run)


def source_words(found: ImportedFrom) -> str:
    """Title, address, licence and last day of an imported source, as far as they are known."""
    day = None if found.published_on is None else f"until {found.published_on}"
    parts = (found.title, found.url, found.licence, day)
    return ", ".join(part for part in parts if part) or "a file"


def _verdicts_beside(run: RunData) -> Iterator[str]:
    """How often our verdict (correct or not) is the source's; nothing before the first regrading."""
    theirs: dict[str, Verdict] = {}
    ours: dict[str, Verdict] = {}
    for line in run.run.grade_lines():
        held = theirs if line.grade.grader.startswith(SOURCE_GRADER) else ours
        held[line.key] = line.grade.verdict
    relations = Counter(
        (theirs[key] is Verdict.CORRECT, verdict is Verdict.CORRECT)
        for key, verdict in ours.items()
        if key in theirs and verdict is not Verdict.GRADER_ERROR
    )
    if relations:
        same = relations[True, True] + relations[False, False]
        yield (
            f"the source's verdicts beside ours: {same:,} of {counted(relations.total(), 'answer')} alike, "
            f"{relations[True, False]:,} correct only for the source, {relations[False, True]:,} only for our grader"
        )
