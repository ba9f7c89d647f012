"""Which answers of a run are meant: by sample, model, repeat and task, as a person names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.types import Call
from harness.store.call_log import calls
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlace:
    """One job of a run that has an accepted answer. `name`: the label without the effort."""

    key: str
    task: str
    sample_id: str
    label: str
    name: str
    repeat: int

    def __str__(self) -> str:
        return f"{self.task} / {self.sample_id}   {self.label}   repeat {self.repeat}"


class AnswerIndex:
    """The answers of a run, found by what names them."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self.places = [_place(call) for call in calls(run) if call.accepted is not None]

    def find(
        self, *, sample: str, model: str | None = None, repeat: int | None = None, task: str | None = None
    ) -> list[AnswerPlace]:
        """Every answer that fits. Raises UsageError naming the first part that fits none, and what there is."""
        found = self._of_sample(sample)
        found = _chosen(found, "task", task, [place.task for place in found])
        if model is not None:
            models = [name for place in found for name in (place.label, place.name)]
            kept = [place for place in found if model in (place.label, place.name)]
            _check(kept, f"model {model!r} has no answer to {sample}", models, model)
            found = kept
        if repeat is not None:
            kept = [place for place in found if place.repeat == repeat]
            repeats = sorted({place.repeat for place in found})
            if not kept:
                raise UsageError(f"{sample} has no answer of repeat {repeat}; there are {_listed(repeats)}")
            found = kept
        return found

    def _of_sample(self, sample: str) -> list[AnswerPlace]:
        found = [place for place in self.places if place.sample_id == sample]
        if not found and any(sample == sample_id for _, sample_id in self.run.samples()):
            raise UsageError(
                f"{self.run.path}: sample {sample!r} has no answer yet (not asked, or every attempt failed)"
            )
        _check(found, f"{self.run.path} has no sample {sample!r}", [place.sample_id for place in self.places], sample)
        return found


def _place(call: Call) -> AnswerPlace:
    return AnswerPlace(
        key=call.key, task=call.task, sample_id=call.sample_id, label=call.label, name=call.name, repeat=call.repeat
    )


def _chosen(found: list[AnswerPlace], what: str, wanted: str | None, known: Sequence[str]) -> list[AnswerPlace]:
    kept = [place for place in found if wanted is None or place.task == wanted]
    _check(kept, f"{what} {wanted!r} has no such sample", known, wanted or "")
    return kept


def _check(kept: Sequence[AnswerPlace], complaint: str, known: Sequence[str], wanted: str) -> None:
    if not kept:
        raise UsageError(f"{complaint}; {closest_names(wanted, list(dict.fromkeys(known)))}")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
