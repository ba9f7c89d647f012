"""What a claims file, one entry a claim, and the file of published scores may say.

Covers harness/facts/claims/*.yaml, harness/facts/scores.yaml and files of the same form. Numbers arrive as text and
stay exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from harness.config.nodes import FieldPath
from harness.core.labels import closest_names
from harness.report.claims.field_types import Accepted, ClaimId, Day, Metric, Model, Number, Text
from harness.report.claims.formula import names_in
from harness.report.claims.metric_names import AMONG_ALL
from harness.report.claims.verdict import CheckLogic, CheckRole


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
    """A model no provider entry lists, and the day its maker retired it. `read_in`: the key of a source."""

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
