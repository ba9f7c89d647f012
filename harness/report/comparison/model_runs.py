"""The models of one or several runs as aligned arrays, ready to be compared.

Covers reading run folders, the labels of a model that is in several runs, the refusal of runs whose tasks or settings
differ, and the list prices that a run was made at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

import numpy as np

from harness.core.errors import UsageError
from harness.core.prices import CostUnknown
from harness.core.types import CacheMode, Endpoint, Origin
from harness.pricing.book import PriceBook
from harness.pricing.rates import applicable_rates
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.columns import JobColumns
from harness.report.run_data.comparability import ModelTerms, RunTerms, comparability_lines
from harness.report.run_data.imported import SourceAgreement
from harness.report.run_data.load import RunData
from harness.report.run_data.model_series import ModelSeries, settings_text
from harness.report.run_data.records import JobRecord, RecordConsumer
from harness.report.run_data.series import AlignedSeries, RunSeries, SeriesSet
from harness.stats.arrays import Flags
from harness.stats.intervals import Undefined
from harness.stats.model_data import Measured, ModelData
from harness.store.codec import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """What the provider asks for a million tokens, in dollars, at the instant the run began."""

    prompt_usd: Fraction
    completion_usd: Fraction
    price_id: str

    @property
    def blended_usd(self) -> Fraction:
        """Three prompt tokens for each generated one, the mix price lists are usually compared at."""
        return (3 * self.prompt_usd + self.completion_usd) / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """One model of one run. `series` by task; `label` names the run too where several runs have the model.

    `planned` jobs by task, so that what is not done yet can be said. `asked`: where the run could stop early, the
    samples of each task in the order they were asked, else nothing; `stopped_early`: whether it did, in words.
    `cache`: how the run used prompt caches.
    """

    label: str
    run: str
    endpoint: Endpoint
    list_price: ListPrice | CostUnknown
    series: dict[str, ModelSeries]
    planned: dict[str, int]
    asked: dict[str, tuple[str, ...]]
    stopped_early: str | None
    cache: CacheMode | None = None

    @property
    def origin(self) -> Origin:
        return self.endpoint.origin

    @property
    def has_gpu_cost(self) -> bool:
        """Whether its dollars are of GPU time, not of tokens."""
        return self.endpoint.gpu_cost is not None

    def answering(self, tasks: Sequence[str]) -> AnsweringModels:
        """Which models gave its answers to these tasks."""
        found = AnsweringModels(requested=self.endpoint.model)
        for task in tasks:
            one = self.series[task].answering
            found.answers += one.answers
            found.others += one.others
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRuns:
    """The models to compare, in the order of the runs and of the models in them.

    `mixed`: how tasks and settings differ. `absent`: models of the runs without any outcome, which are not among
    `model_runs`. `graded`: graders of which the runs hold grades of several versions. `comparability`: for each pair of
    models what keeps it from being compared like with like. `by_source`: verdicts of imported sources
    beside ours. All are sentences but `absent`.
    """

    model_runs: tuple[ModelRun, ...]
    mixed: tuple[str, ...]
    absent: tuple[str, ...]
    graded: tuple[str, ...]
    comparability: tuple[str, ...] = ()
    by_source: tuple[str, ...] = ()

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task that any of them ran."""
        return tuple(dict.fromkeys(task for one in self.model_runs for task in one.series))

    def on(self, tasks: Sequence[str]) -> tuple[ModelRun, ...]:
        """Those that ran all of these tasks."""
        return tuple(one for one in self.model_runs if all(task in one.series for task in tasks))


@dataclass(slots=True)
class GraderVersions:
    """Which versions of each grader graded, and in which runs."""

    by_grader: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    run: str = ""

    def of_run(self, name: str) -> GraderVersions:
        """The same, told of the jobs of this run next."""
        self.run = name
        return self

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        if record.grader_version is not None:
            versions = self.by_grader.setdefault(record.grader, {})
            versions.setdefault(record.grader_version, {})[self.run] = None

    def add_columns(self, jobs: JobColumns) -> None:
        """Take in a block of jobs."""
        codes, graders = jobs.codes("grader")
        graded = np.flatnonzero(jobs.is_known("grader_version"))
        for grader, _ in jobs.counts("grader", graded):
            own = graded[codes[graded] == graders.index(grader)]
            for version, _ in jobs.counts("grader_version", own):
                self.by_grader.setdefault(grader, {}).setdefault(version, {})[self.run] = None

    def sentences(self) -> Iterator[str]:
        """One for each grader of which the runs hold several versions."""
        for grader, found in self.by_grader.items():
            if len(found) > 1:
                where = ", ".join(f"{version} in {' and '.join(names)}" for version, names in found.items())
                yield f"grader {grader} graded in several versions: {where}; harness regrade grades all with one, free"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSamples:
    """Models on the samples all of them have an outcome for. `left_out`: samples that one of them lacks."""

    model_runs: tuple[ModelRun, ...]
    tasks: tuple[str, ...]
    data: tuple[ModelData, ...]
    left_out: int

    @property
    def samples(self) -> int:
        return len(self.data[0].samples)

    @property
    def repeats(self) -> int:
        """The most answers any model has to one sample."""
        return max(int(one.attempted.sum(axis=1).max(initial=0)) for one in self.data)


def load_compared_runs(runs: Sequence[RunData], *, allow_mixed: bool) -> ComparedRuns:
    """Every model of the runs. Free; sends nothing.

    Raises UsageError for the same run twice, for runs without any outcome, and, unless `allow_mixed`, naming each
    difference, for runs of different task versions, samples or settings.
    """
    _refuse_same_run(runs)
    names = [run.run.name for run in runs]
    found: list[ModelRun] = []
    absent: list[str] = []
    graders = GraderVersions()
    by_source: list[str] = []
    asked: list[ModelTerms] = []
    for run in runs:
        name = run.run.name if names.count(run.run.name) == 1 else str(run.run.path)
        terms, source = RunTerms.of(run.manifest), SourceAgreement.of(run)
        present = list(_models_of(run, name, graders, terms, source))
        by_source += source.sentences()
        found += present
        asked += terms.by_label.values()
        labels = {one.label for one in present}
        absent += [f"{one.label} of {name}" for one in run.manifest.endpoints if one.label not in labels]
    if not found:
        raise UsageError(f"no job of {', '.join(names)} has an outcome yet: there is nothing to compare")
    mixed = tuple(_differences(found))
    if mixed and not allow_mixed:
        shown = "\n  ".join(mixed)
        raise UsageError(
            f"these runs did not ask the same:\n  {shown}\n--allow-mixed compares them anyway, and says so"
        )
    return ComparedRuns(
        model_runs=tuple(_told_apart(found)),
        mixed=mixed,
        absent=tuple(absent),
        graded=tuple(graders.sentences()),
        comparability=tuple(comparability_lines(asked)),
        by_source=tuple(by_source),
    )


def _refuse_same_run(runs: Sequence[RunData]) -> None:
    paths = [run.run.path.resolve() for run in runs]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is named twice; a run cannot be compared with itself")


def shared_samples(model_runs: Sequence[ModelRun], tasks: Sequence[str]) -> SharedSamples | Undefined:
    """Their arrays over the samples of these tasks that every one of them has an outcome for.

    Samples are paired by task and id. Differences in terms are the caller's to have refused or accepted.
    """
    first = model_runs[0]
    series = [
        replace(one.series[task], label=one.label, entry=first.series[task].entry, params=first.series[task].params)
        for one in model_runs
        for task in tasks
    ]
    found = SeriesSet(series=tuple(series)).aligned([one.label for one in model_runs], tasks)
    if isinstance(found, Undefined):
        return found
    return _shared_only(found, model_runs, tasks)


def _shared_only(
    found: AlignedSeries, model_runs: Sequence[ModelRun], tasks: Sequence[str]
) -> SharedSamples | Undefined:
    data = [found.data[one.label] for one in model_runs]
    kept: Flags = np.logical_and.reduce([one.attempted.any(axis=1) for one in data])
    if not kept.any():
        return Undefined(reason="no sample has an outcome for every model")
    return SharedSamples(
        model_runs=tuple(model_runs),
        tasks=tuple(tasks),
        data=tuple(_restricted(one, kept) for one in data),
        left_out=int((~kept).sum()),
    )


def _restricted(data: ModelData, kept: Flags) -> ModelData:
    """The same model on some of its samples."""
    columns: dict[str, object] = {}
    for column in fields(data):
        value = getattr(data, column.name)
        if isinstance(value, Measured):
            columns[column.name] = Measured(values=value.values[kept], known=value.known[kept])
        elif isinstance(value, tuple):
            columns[column.name] = tuple(name for name, keep in zip(value, kept, strict=True) if keep)
        elif isinstance(value, np.ndarray):
            columns[column.name] = value[kept]
    return replace(data, **columns)  # type: ignore[arg-type]  # each column has the type it had


def _models_of(
    run: RunData, name: str, graders: GraderVersions, terms: RunTerms, source: SourceAgreement
) -> Iterator[ModelRun]:
    manifest = run.manifest
    asked = {entry.name: run.sample_order(entry.name) for entry in manifest.tasks} if manifest.may_stop_early else {}
    series = RunSeries.empty(run)
    consumers: list[RecordConsumer] = [series, graders.of_run(run.run.name), terms]
    if source.theirs:
        consumers.append(source)
    run.read(*consumers)
    by_label: dict[str, dict[str, ModelSeries]] = {}
    for one in series.with_jobs:
        by_label.setdefault(one.label, {})[one.entry.name] = one
    for endpoint in manifest.endpoints:
        if endpoint.label in by_label:
            yield ModelRun(
                label=endpoint.label,
                run=name,
                endpoint=endpoint,
                list_price=_list_price(endpoint, manifest, run.book),
                series=by_label[endpoint.label],
                planned={entry.name: entry.samples * manifest.repeats for entry in manifest.tasks},
                asked=asked,
                stopped_early=manifest.stopped_early,
                cache=manifest.cache,
            )


def _list_price(endpoint: Endpoint, manifest: Manifest, book: PriceBook) -> ListPrice | CostUnknown:
    if endpoint.gpu_cost is not None:
        return CostUnknown(reason="it is billed by GPU time and has no price per token")
    price = book.price_at(endpoint.provider, endpoint.model, manifest.created_at)
    if isinstance(price, CostUnknown):
        return price
    # 0 tokens: the plain rates, as price pages put them first; what long prompts cost is in the effective price.
    found = applicable_rates(price, at=manifest.created_at, prompt_tokens=0, service_tier=endpoint.service_tier)
    if isinstance(found, CostUnknown):
        return found
    per_usd = Fraction(1)
    if price.currency != "USD":
        if price.exchange is None:
            return CostUnknown(reason=f"{price.id} is in {price.currency} and no exchange rate is known")
        per_usd = Fraction(price.exchange.per_usd)
    thinks = endpoint.reasoning_enabled(manifest.params)
    completion = found.rates.reasoning_completion if thinks else found.rates.completion
    return ListPrice(
        prompt_usd=Fraction(found.rates.prompt) / per_usd,
        completion_usd=Fraction(completion) / per_usd,
        price_id=price.id,
    )


def _told_apart(found: Sequence[ModelRun]) -> Iterator[ModelRun]:
    """Labels that stand for one compared model each: with the run's name where two runs have the model."""
    labels = [one.label for one in found]
    for one in found:
        yield one if labels.count(one.label) == 1 else replace(one, label=f"{one.label} [{one.run}]")


def _differences(found: Sequence[ModelRun]) -> Iterator[str]:
    """How the terms of a task differ between runs, a line each; and those of one model between its runs."""
    for task in dict.fromkeys(task for one in found for task in one.series):
        have = [one for one in found if task in one.series]
        for what, terms in _terms_of(have, task):
            values = dict.fromkeys(terms.values())
            if len(values) > 1:
                yield f"{task}: {what} " + ", ".join(
                    f"{value} in {' and '.join(run for run, held in terms.items() if held == value)}"
                    for value in values
                )
    for label in dict.fromkeys(one.label for one in found):
        own = {one.run: settings_text(one.endpoint.params) for one in found if one.label == label}
        if len(set(own.values())) > 1:
            yield f"{label}: its own settings " + ", ".join(f"{held} in {run}" for run, held in own.items())


def _terms_of(have: Sequence[ModelRun], task: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What must be the same on a task: its name, and the value in each run."""
    series = {one.run: one.series[task] for one in have}
    yield "version", {run: str(one.entry.version) for run, one in series.items()}
    yield "samples and prompts (content hash)", {run: one.entry.content_hash for run, one in series.items()}
    yield "grader", {run: one.entry.grader for run, one in series.items()}
    yield "output limit of the task", {run: str(one.entry.max_tokens) for run, one in series.items()}
    yield "sampling settings", {run: settings_text(one.params) for run, one in series.items()}
