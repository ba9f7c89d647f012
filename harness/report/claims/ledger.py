"""Reading claims files: all claims, or every mistake with its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from harness.config.diagnose import readable_errors
from harness.config.nodes import ConfigIssue, Document, FieldPath, raise_issues, read_document
from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.report.claims.claim_file import (
    ClaimEntry,
    ClaimFile,
    ClaimFileModel,
    PublishedScoreInput,
    ScoreEntry,
    ScoreFile,
)

SHIPPED = Path(__file__).resolve().parent.parent.parent / "facts" / "claims"
FileT = TypeVar("FileT", bound=ClaimFileModel)


class ClaimLedger:
    """All claims with the file each stands in, and the published scores they name with their `sources`."""

    def __init__(self, files: Sequence[tuple[Path, ClaimFile]], published: ScoreFile) -> None:
        self.files = tuple(files)
        self.scores = published.scores
        self.sources = published.sources

    def score_words(self, name: str) -> str:
        """A published score with its source, for a reader."""
        return self.scores[name].words(self.sources)

    @property
    def claims(self) -> tuple[tuple[ClaimFile, ClaimEntry], ...]:
        """Each claim with its file, in the order they are written."""
        return tuple((file, entry) for _, file in self.files for entry in file.claims)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(entry.id for _, entry in self.claims)


def load_ledger(paths: Sequence[Path] = ()) -> ClaimLedger:
    """The claims of those files, or the shipped ones where none is named. Raises ConfigError naming every mistake."""
    named = list(paths) or sorted(SHIPPED.glob("*.yaml"))
    scores, _ = _read(SHIPPED.parent / "scores.yaml", ScoreFile)
    files: list[tuple[Path, ClaimFile]] = []
    problems: list[ConfigIssue] = []
    seen: dict[str, str] = {}
    for path in named:
        file, document = _read(path, ClaimFile)
        files.append((path, file))
        problems += _unknown_sources(file, document)
        for place, entry in enumerate(file.claims):
            mark = document.mark_of(("claims", place, "id"))
            if entry.id in seen:
                problems.append(
                    ConfigIssue(mark, f"claim {entry.id!r} stands twice, first in {seen[entry.id]}; keep one")
                )
            seen.setdefault(entry.id, str(mark))
            problems += _unknown_scores(entry, document, place, scores.scores)
    raise_issues(problems)
    return ClaimLedger(files, scores)


def _unknown_sources(file: ClaimFile, document: Document) -> Iterator[ConfigIssue]:
    named: list[tuple[FieldPath, str]] = [
        (("retired", model, "read_in"), known.read_in) for model, known in file.retired.items() if known.read_in
    ]
    for place, entry in enumerate(file.claims):
        named += [(("claims", place, *path), key) for path, key in entry.read_in()]
    for path, key in named:
        if key not in file.sources:
            yield ConfigIssue(document.mark_of(path), f"no source {key!r}; {closest_names(key, file.sources)}")


def _unknown_scores(
    entry: ClaimEntry, document: Document, place: int, scores: dict[str, ScoreEntry]
) -> Iterator[ConfigIssue]:
    named: list[tuple[FieldPath, str]] = [
        (("claims", place, "references", number), name) for number, name in enumerate(entry.references)
    ]
    named += [
        (("claims", place, "computed", number, "inputs", name), given.score)
        for number, check in enumerate(entry.computed)
        for name, given in check.inputs.items()
        if isinstance(given, PublishedScoreInput)
    ]
    for path, name in named:
        if name not in scores:
            yield ConfigIssue(
                document.mark_of(path), f"{entry.id}: no published score {name!r}; {closest_names(name, scores)}"
            )


def _read(path: Path, layout: type[FileT]) -> tuple[FileT, Document]:
    document = read_document(path, shown=str(path))
    raise_issues(document.problems)
    try:
        return layout.model_validate(document.values), document
    except ValidationError as error:
        wrong = readable_errors(error, document, layout)
    raise ConfigError("\n".join(map(str, sorted(wrong))))  # raised out here: no traceback chains to pydantic's error
