"""What a claims file may say, and reading it: one entry a claim, every mistake with its file and line.

Covers harness/facts/claims/*.yaml and files of the same form. Numbers arrive as text and stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

from harness.config.diagnose import readable_errors
from harness.config.nodes import ConfigIssue, Document, FieldPath, raise_issues, read_document
from harness.core.errors import ConfigError
from harness.core.labels import closest_names, split_label
from harness.report.claims.formula import names_in
from harness.report.claims.metric_names import AMONG_ALL, METRIC_NAMES
from harness.report.claims.verdict import AcceptedRange, CheckLogic, CheckRole, band

SHIPPED = Path(__file__).resolve().parent.parent.parent / "facts" / "claims"
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class ClaimKind(Enum):
    """What it would take to settle a claim: a run; its own figures; data the harness cannot gather; nothing could."""

    MEASURABLE = "measurable"
    ARITHMETIC = "arithmetic"
    EXTERNAL = "external"
    OPINION = "opinion"


class PriceRate(Enum):
    """Which list price. `blended` is (3 x input + output) / 4; `cached` is input read from a cache."""

    INPUT = "input"
    CACHED = "cached"
    OUTPUT = "output"
    BLENDED = "blended"


def _number(found: object) -> Decimal:
    # Text and not float: YAML's 0.1 would be 0.1000000000000000055, and thresholds are compared exactly.
    if not isinstance(found, str) or not PLAIN_NUMBER.fullmatch(found):
        raise ValueError("expected a number such as 0.08 or 124")
    return Decimal(found)


def _day(found: object) -> date:
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        raise ValueError("expected a date such as 2025-11-15") from None


def _model(found: str) -> str:
    name, _ = split_label(found)
    provider, slash, model = name.partition("/")
    if not (slash and provider and model):
        raise ValueError("expected provider/model or provider/model@effort")
    return found


def _metric(found: str) -> str:
    if found not in METRIC_NAMES:
        raise ValueError(f"{closest_names(found, METRIC_NAMES)}; all metrics: {', '.join(sorted(METRIC_NAMES))}")
    return found


def _band(found: object) -> AcceptedRange:
    return found if isinstance(found, AcceptedRange) else band(str(found))


def _claim_id(found: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", found):
        raise ValueError("expected lower-case letters, digits and -, such as s000-05")
    return found


Number = Annotated[Decimal, BeforeValidator(_number)]
Day = Annotated[date, PlainValidator(_day)]
Text = Annotated[str, Field(min_length=1)]
Model = Annotated[str, AfterValidator(_model)]
Metric = Annotated[str, AfterValidator(_metric)]
Accepted = Annotated[AcceptedRange, PlainValidator(_band)]
ClaimId = Annotated[str, AfterValidator(_claim_id)]


class ClaimFileModel(BaseModel):
    """What all entries have in common: unknown fields are refused."""

    # A misspelt field would otherwise be dropped, and the check that it belongs to decide by its default.
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class QuotedInput(ClaimFileModel):
    """An input as a text prints it, or as stated elsewhere, with where.

    `read_in`: the key of an outside source; left out where `source` names the text itself ("here") or another claim.
    """

    value: Number
    source: Text
    read_in: str = ""


class ListPriceInput(ClaimFileModel):
    """An input that is a list price, in dollars per million tokens, on the day prices are taken."""

    price: Model
    rate: PriceRate


class PublishedScoreInput(ClaimFileModel):
    """An input that is a published score, by its id."""

    score: Text


class CheckSpec(ClaimFileModel):
    """What any check says: which values confirm, whether it decides, and whose threshold it is.

    `reading`: how the claim is understood here, where a fair reader could understand it in several ways. The checks of
    one reading are joined as `needs` says; readings that decide differently leave the claim to the reading.
    """

    confirmed_if: Accepted
    role: CheckRole = CheckRole.DECISIVE
    threshold: Literal["printed", "ours"] = "printed"
    reading: str = ""
    note: str = ""


class ComputedCheck(CheckSpec):
    """Arithmetic: a formula over named inputs, a share of a count, or the list-price ratio of each pair of models."""

    what: Text
    formula: str | None = None
    inputs: dict[str, Number | QuotedInput | ListPriceInput | PublishedScoreInput] = {}
    wilson: Literal["correct of n"] | None = None
    price_ratio: PriceRate | None = None
    of: list[Model] = []
    over: list[Model] = []

    @model_validator(mode="after")
    def _is_one_thing(self) -> ComputedCheck:
        if (self.formula is None) == (self.price_ratio is None):
            raise ValueError("a computed check has a formula with its inputs, or a price_ratio: one of the two")
        if self.formula is not None:
            asked = names_in(self.formula)
            # An unused input is a mistake too: most often a misspelt name in the formula.
            missing, unused = sorted(asked - set(self.inputs)), sorted(set(self.inputs) - asked)
            if missing:
                raise ValueError(
                    f"the formula {self.formula!r} asks for {missing[0]!r}; {closest_names(missing[0], self.inputs)}"
                )
            if unused:
                raise ValueError(f"input {unused[0]!r} is not in the formula {self.formula!r}; drop it or use it")
        elif self.inputs:
            raise ValueError("a price_ratio takes its numbers from the price book: it has no inputs")
        if self.wilson and not {"correct", "n"} <= set(self.inputs):
            raise ValueError("wilson needs the inputs `correct` and `n`")
        return self


class RunCheck(CheckSpec):
    """A number of a run: of each subject, of each subject against each comparator, or of each among a set of models.

    `among`: the models that a rank or a quadrant is told of, the same whatever else the runs hold; left out, those are
    the claim's subjects and comparators.
    """

    metric: Metric
    of: list[Model] = []
    over: list[Model] = []
    among: list[Model] = []
    k: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _needs_its_reference_set(self) -> RunCheck:
        if self.metric not in AMONG_ALL and self.among:
            raise ValueError(f"`among` belongs to {' and '.join(sorted(AMONG_ALL))}, not to {self.metric}")
        return self


class ClaimedValue(ClaimFileModel):
    """What the text asserts, as a figure."""

    op: Literal["=", "~", "<", "<=", ">", ">="]
    value: Number | list[Number]
    unit: Text


class Conflict(ClaimFileModel):
    """Another claim that cannot hold together with this one, or a published figure this one misstates."""

    claim: ClaimId | None = None
    problem: Text


class ClaimEntry(ClaimFileModel):
    """One claim. `quote` as printed; `tasks` are ours (none: whatever the runs hold); `benchmark` is as the text says.

    `any_host`: whether a model counts as itself at another host. `why` says of an external claim or an opinion what
    would be needed to settle it.
    """

    id: ClaimId
    quote: Text
    paraphrase: Text
    kind: ClaimKind
    subject: list[Model] = []
    comparator: list[Model] = []
    benchmark: list[Text] = []
    tasks: list[Text] = []
    claimed: ClaimedValue | None = None
    needs: CheckLogic = CheckLogic.ALL
    any_host: bool = True
    runs: list[RunCheck] = []
    computed: list[ComputedCheck] = Field(default=[], validation_alias=AliasChoices("computed", "desk"))
    references: list[Text] = []
    contradicts: list[Conflict] = []
    why: str = ""
    notes: str = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> ClaimEntry:
        match self.kind:
            case ClaimKind.EXTERNAL | ClaimKind.OPINION if not self.why:
                raise ValueError(f"claim {self.id} is {self.kind.value}: say under `why` what could settle it")
            case ClaimKind.EXTERNAL | ClaimKind.OPINION if self.runs or any(
                check.role is CheckRole.DECISIVE for check in self.computed
            ):
                raise ValueError(f"claim {self.id} is {self.kind.value}: no check of it can decide (role: beside)")
            case ClaimKind.MEASURABLE if not self.runs:
                raise ValueError(f"claim {self.id} is measurable: write the check under `runs`")
            case ClaimKind.ARITHMETIC if not any(check.role is CheckRole.DECISIVE for check in self.computed):
                raise ValueError(f"claim {self.id} is arithmetic: write the check that decides under `computed`")
            case _:
                return self
        return self

    @model_validator(mode="after")
    def _names_models(self) -> ClaimEntry:
        about_models: list[RunCheck | ComputedCheck] = [
            *self.runs,
            *(check for check in self.computed if check.price_ratio),
        ]
        for check in about_models:
            if not (check.of or self.subject):
                raise ValueError(f"claim {self.id}: a check needs models; write `subject` or the check's `of`")
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that the claim or a check of it names, each once."""
        checks: list[RunCheck | ComputedCheck] = [*self.runs, *self.computed]
        of_checks = (model for check in checks for model in (*check.of, *check.over))
        among = (model for check in self.runs for model in check.among)
        return tuple(dict.fromkeys([*self.subject, *self.comparator, *of_checks, *among]))

    def read_in(self) -> Iterator[tuple[FieldPath, str]]:
        """Each input that was read in an outside source: its place in the entry, and the key of that source."""
        for number, check in enumerate(self.computed):
            for name, given in check.inputs.items():
                if isinstance(given, QuotedInput) and given.read_in:
                    yield ("computed", number, "inputs", name, "read_in"), given.read_in

    @property
    def metric(self) -> str:
        """The name of the number that decides: of a run, else what is computed."""
        deciding = [check.metric for check in self.runs if check.role is CheckRole.DECISIVE]
        named = deciding or [check.metric for check in self.runs] or [check.what for check in self.computed]
        return named[0] if named else ""


class SourcePage(ClaimFileModel):
    """Where figures were read. `date`: the page's own day; `read_on`: where that is not known, when it was read.

    `url` is `not known` where only a copy of the text was read.
    """

    title: Text
    url: Annotated[str, Field(pattern=r"^(https://.+|not known)$")]
    date: Day | None = None
    read_on: Day | None = None

    @model_validator(mode="after")
    def _has_a_day(self) -> SourcePage:
        if (self.date is None) == (self.read_on is None):
            raise ValueError(
                "a source has a `date`, or where that is not known the day it was `read_on`: one of the two"
            )
        return self

    def words(self) -> str:
        """One line for a reader."""
        where = "address not known" if self.url == "not known" else self.url
        return f"{self.title}, {where}, {self.date or f'read on {self.read_on}'}"


class RetiredModel(ClaimFileModel):
    """A model no provider entry lists, and the day its maker switched it off. `read_in`: the key of a source."""

    on: Day
    source: Text
    read_in: str = ""


class ClaimFile(ClaimFileModel):
    """The claims of one text. List prices are those in force on `prices_on`.

    `source`: the text itself; `sources`: other pages, by the key that inputs and retirements name.
    """

    article: Text
    prices_on: Day
    source: SourcePage | None = None
    sources: dict[str, SourcePage] = {}
    retired: dict[Model, RetiredModel] = {}
    claims: Annotated[list[ClaimEntry], Field(min_length=1)]

    def sources_of(self, entry: ClaimEntry) -> tuple[str, ...]:
        """The text, and each page that the claim's inputs and its models' retirements rest on, in words."""
        keys = [key for _, key in entry.read_in()]
        keys += [self.retired[model].read_in for model in entry.models if model in self.retired]
        named = [self.sources[key] for key in dict.fromkeys(keys) if key]
        pages = [*([self.source] if self.source else []), *named]
        return tuple(page.words() for page in pages)


class ScoreEntry(ClaimFileModel):
    """A published score. `by`: its author; `source`: the key of where it was read. `recalled`: not read again."""

    model: Text
    benchmark: Text
    value: Number
    by: Text
    source: Text
    note: str = ""
    recalled: bool = False
    setting: str = ""

    def words(self, sources: Mapping[str, SourcePage]) -> str:
        """One line for a reader."""
        setting = f" ({self.setting})" if self.setting else ""
        beside = "".join(f", {text}" for text in (self.note, "recalled" * self.recalled) if text)
        where = sources[self.source].words()
        return f"{self.model}{setting} {self.value} on {self.benchmark}, {self.by}: {where}{beside}"


class ScoreFile(ClaimFileModel):
    """Published scores by id, and their sources by key."""

    sources: dict[str, SourcePage]
    scores: dict[str, ScoreEntry]

    @model_validator(mode="after")
    def _names_known_sources(self) -> ScoreFile:
        for name, entry in self.scores.items():
            if entry.source not in self.sources:
                raise ValueError(f"{name}: no source {entry.source!r}; {closest_names(entry.source, self.sources)}")
        return self


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


def exact(value: Decimal) -> Fraction:
    """The number as a fraction, so that no arithmetic rounds."""
    return Fraction(value)
