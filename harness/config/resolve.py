"""From a label on the command line to the endpoint it names.

Covers groups, efforts, retired models, addresses with variables, and prices and simulations written in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from harness.config.address import ascii_address, is_address
from harness.config.nodes import Document, SourceLocation
from harness.config.schema import ModelEntry, ParamsEntry, ProviderEntry, ProvidersFile
from harness.config.simulation import Simulation
from harness.core.errors import ConfigError
from harness.core.labels import EVERY_EFFORT, Effort, closest_names, split_label
from harness.core.prices import GpuCost, WrittenPrice
from harness.core.types import Endpoint, EndpointLimits, SamplingParams

SIMULATED_PROVIDER = "sim"
SHOWN_MODELS = 6

_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^${}]*))?\}")
_UNLISTED = ModelEntry()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedEntry:
    """An entry and the label that named it."""

    label: str
    provider: str
    model: str
    effort: Effort | None
    host: ProviderEntry
    entry: ModelEntry

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The providers, models and groups that are known, after the user's file was laid over the shipped one.

    `environ` serves addresses such as `http://127.0.0.1:${PORT:-8000}/v1`; `changed_on` is the day each file was last
    changed, by the name messages call it.
    """

    file: ProvidersFile
    document: Document
    environ: Mapping[str, str]
    changed_on: Mapping[str, date]

    def __repr__(self) -> str:
        return f"Config({len(self.file.providers)} providers)"  # the environment holds keys

    @property
    def labels(self) -> tuple[str, ...]:
        """Every listed model as `provider/model`, in the order of the files; retired ones too, former names not."""
        return tuple(
            f"{name}/{model}"
            for name, host in self.file.providers.items()
            for model, entry in host.models.items()
            if not entry.is_former
        )

    @property
    def groups(self) -> Mapping[str, Sequence[str]]:
        """The labels below each group's name, without its `@`."""
        return self.file.groups

    def endpoint(self, label: str, *, today: date) -> Endpoint:
        """The endpoint a label names.

        Raises ConfigError for a label that is not `provider/model` or `provider/model@effort`, an unknown name, an
        effort the model does not take, a model retired on or before `today`, or an address whose variable is unset.
        """
        found = self.find(label)
        self._refuse_retired(found, today)
        return self._built(found)

    def endpoints(self, labels: Sequence[str], *, today: date) -> tuple[Endpoint, ...]:
        """The endpoints that labels, sweeps (`openai/gpt-5@*`) and groups (`@articles`) name, in order, each once.

        In a group, a retired member is taken from the first host of its `also_at` that still serves it; the row's
        label then names that host. Raises one ConfigError for all labels that cannot be resolved.
        """
        found: dict[str, Endpoint] = {}
        wrong: list[str] = []
        for label in labels:
            try:
                for member in self._members(label, today):
                    found.setdefault(member, self.endpoint(member, today=today))
            except ConfigError as error:
                wrong.append(str(error))
        if wrong:
            raise ConfigError("\n".join(wrong))
        return tuple(found.values())

    def is_retired(self, label: str, *, today: date) -> bool:
        """Whether the provider has withdrawn the model a label names."""
        return _is_retired(self.find(label).entry, today)

    def prices(self, endpoints: Iterable[Endpoint] = ()) -> tuple[WrittenPrice, ...]:
        """The prices written in the files: of every listed model, and of those `endpoints` that no file lists."""
        unlisted = [(one.provider, one.model) for one in endpoints if one.provider in self.file.providers]
        listed = [(name, model) for name, host in self.file.providers.items() for model in host.models]
        found = (self._price(name, model) for name, model in dict.fromkeys([*listed, *unlisted]))
        return tuple(price for price in found if price is not None)

    def simulations(self) -> Mapping[str, Simulation]:
        """What each model of the provider `sim` does, by the id it is asked for with."""
        host = self.file.providers.get(SIMULATED_PROVIDER)
        models = host.models.items() if host else ()
        return {entry.model_id or name: entry.simulate for name, entry in models if entry.simulate is not None}

    def find(self, label: str) -> ResolvedEntry:
        """The entry a label names, retired or not. Raises ConfigError where there is none."""
        try:
            name, effort = split_label(label)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        provider, slash, model = name.partition("/")
        if not slash or not provider or not model:
            raise ConfigError(
                f"{label!r} is not a model label; write provider/model: {closest_names(name, self.labels)} "
                "(harness models lists them; harness run --base-url URL takes a model that is not listed)"
            )
        host = self.file.providers.get(provider)
        if host is None:
            raise ConfigError(
                f"unknown provider {provider!r} in {label!r}; {closest_names(provider, self.file.providers)}"
            )
        entry = host.models.get(model)
        if entry is None and (not host.any_model or model != model.strip() or not model.isprintable()):
            known = [one for one in self.labels if one.startswith(f"{provider}/")]
            raise ConfigError(
                f"unknown model {model!r} of provider {provider!r} in {label!r}; {closest_names(name, known)}"
            )
        found = ResolvedEntry(
            label=label, provider=provider, model=model, effort=effort, host=host, entry=entry or _UNLISTED
        )
        _refuse_effort(found, where=self._mark(found))
        return found

    def _members(self, label: str, today: date) -> Iterator[str]:
        if label.endswith(EVERY_EFFORT):
            yield from self.sweep(label)
            return
        if not label.startswith("@"):
            yield label
            return
        group = self.file.groups.get(label[1:])
        if group is None:
            raise ConfigError(
                f"unknown group {label!r}; {closest_names(label, [f'@{name}' for name in self.file.groups])}"
            )
        for member in group:
            if member.endswith(EVERY_EFFORT):
                yield from self.sweep(member)
                continue
            found = self.find(member)
            living = self._living_hosts(found, today) if _is_retired(found.entry, today) else []
            yield living[0] if living else member

    def sweep(self, label: str) -> list[str]:
        """The labels that `provider/model@*` stands for, from the lowest effort up.

        Raises ConfigError for a model without levels.
        """
        found = self.find(label.removesuffix(EVERY_EFFORT))
        accepted = found.entry.efforts
        if not accepted:
            known = "takes no effort" if accepted is not None else "has no `efforts` listed"
            raise ConfigError(
                f"{label}: {found.name} {known} ({self._mark(found)}), so there are no levels to sweep; "
                f"models with levels: {self._with_levels(found)}"
            )
        levels = [f"{found.name}@{effort.value}" for effort in sorted(accepted, key=list(Effort).index)]
        # Where the effort can only be switched off, the other level is the model as it comes.
        return [*levels, found.name] if accepted == [Effort.NONE] else levels

    def _with_levels(self, near: ResolvedEntry) -> str:
        """Models that a sweep can be made of, those of the same provider first."""
        able = [
            f"{provider}/{model}"
            for provider, host in self.file.providers.items()
            for model, entry in host.models.items()
            if entry.efforts
        ]
        able.sort(key=lambda name: not name.startswith(f"{near.provider}/"))
        more = f", ... ({len(able)} in all; harness models lists them)" if len(able) > SHOWN_MODELS else ""
        return ", ".join(able[:SHOWN_MODELS]) + more

    def _living_hosts(self, found: ResolvedEntry, today: date) -> list[str]:
        hosts = [other for other in found.entry.also_at if not _is_retired(self.find(other).entry, today)]
        return [f"{other}@{found.effort.value}" if found.effort and "@" not in other else other for other in hosts]

    def _refuse_retired(self, found: ResolvedEntry, today: date) -> None:
        retired = found.entry.retired_on
        if retired is None or not _is_retired(found.entry, today):
            return
        when = f"on {retired.text}" if retired.is_exact else f"in {retired.text} (the day is not known)"
        living = self._living_hosts(found, today)
        instead = f"also served as {' or '.join(living)}" if living else "no other host of it is known"
        raise ConfigError(f"{found.label} was retired by its provider {when} ({self._mark(found)}); {instead}")

    def _built(self, found: ResolvedEntry) -> Endpoint:
        host, entry = found.host, found.entry
        limits = {**host.limits.model_dump(exclude_none=True), **entry.limits.model_dump(exclude_none=True)}
        params = replace(_params(host.params), **entry.params.model_dump(exclude_none=True))
        return Endpoint(
            label=found.label,
            provider=found.provider,
            model=found.model,
            model_id=entry.model_id or found.model,
            base_url=self.address(found.provider, needed_by=found.label),
            dialect=entry.dialect or host.dialect,
            api_key_env=host.api_key_env,
            backend=host.backend,
            service_tier=entry.service_tier or host.service_tier,
            params=params if found.effort is None else replace(params, effort=found.effort),
            limits=EndpointLimits(**limits),
            traits=frozenset(entry.traits),
            extra_body={**host.extra_body, **entry.extra_body},
            context_tokens=entry.context_tokens,
            max_output_tokens=entry.max_output_tokens,
            stream=entry.stream,
            served_as=tuple(entry.served_as),
            simulated=entry.simulate is not None,
            starts_with_run=entry.simulate is not None,
            gpu_cost=_gpu_cost(host, entry),
        )

    def address(self, provider: str, *, needed_by: str = "") -> str:
        """The provider's base address with its variables filled in; empty where its backend knows it.

        Raises ConfigError, which names `needed_by`, for a variable that is not set.
        """
        written = self.file.providers[provider].base_url
        if written is None:  # litellm knows it (harness.config.schema sees to it)
            return ""
        where = self.document.mark_of(("providers", provider, "base_url"))
        filled = written
        for reference in _REFERENCE.finditer(written):
            value = self.environ.get(reference[1]) or reference[2]
            if value is None:
                raise ConfigError(f"{where}: {needed_by or provider} needs the variable {reference[1]}, which is unset")
            filled = filled.replace(reference[0], value)
        if not is_address(filled):
            shown = "(not shown)" if set("@?") & set(filled) else repr(filled)
            raise ConfigError(f"{where}: {written} with its variables filled in is not an http address: {shown}")
        try:
            return ascii_address(filled.rstrip("/"))
        except ValueError as error:
            raise ConfigError(f"{where}: {error}") from None

    def _price(self, provider: str, model: str) -> WrittenPrice | None:
        host = self.file.providers[provider]
        entry = host.models.get(model, _UNLISTED)
        own = entry.price
        tree = own or (None if entry.cost or host.cost else host.price)
        if tree is None:
            return None
        path = ("providers", provider, "models", model, "price") if own else ("providers", provider, "price")
        return WrittenPrice(
            provider=provider,
            model=model,
            tree=tree,
            places={
                place[len(path) :]: str(mark)
                for place, mark in self.document.marks.items()
                if place[: len(path)] == path
            },
            written_on=self.changed_on[self.document.mark_of(path).file],
        )

    def _mark(self, found: ResolvedEntry) -> SourceLocation:
        return self.document.mark_of(("providers", found.provider, "models", found.model))


def _params(entry: ParamsEntry) -> SamplingParams:
    return SamplingParams(**entry.model_dump(exclude_none=True))


def _gpu_cost(host: ProviderEntry, entry: ModelEntry) -> GpuCost | None:
    """The model's own GPU cost, else the provider's where the model has no price of its own."""
    written = entry.cost or (host.cost if entry.price is None else None)
    return None if written is None else GpuCost(gpu_hour_usd=written.gpu_hour_usd, gpus=written.gpus)


def _is_retired(entry: ModelEntry, today: date) -> bool:
    return entry.retired_on is not None and entry.retired_on.first_day <= today


def _refuse_effort(found: ResolvedEntry, *, where: SourceLocation) -> None:
    accepted = found.entry.efforts
    if found.effort is None or accepted is None or found.effort in accepted:
        return
    words = ", ".join(f"{found.name}@{effort.value}" for effort in accepted) or f"only {found.name} without @"
    raise ConfigError(f"{found.name} does not take the effort {found.effort.value!r} ({where}); accepted: {words}")
