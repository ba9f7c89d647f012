"""Correct and graded answers by sample, of one model on one task: two numbers a sample, whatever its repeats."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.stats.arrays import Counts, Flags


@dataclass(slots=True)
class SampleTallies:
    """`places`: the number of each sample, shared by the models of a run. By that number: `correct` and `answers`.

    `order`: the numbers of the samples with a grade, in the order of their first.
    """

    places: dict[str, int] = field(default_factory=dict)
    correct: array[int] = field(default_factory=lambda: array("q"))
    answers: array[int] = field(default_factory=lambda: array("q"))
    order: array[int] = field(default_factory=lambda: array("q"))

    def add(self, sample: str, *, is_correct: bool) -> None:
        """Take in one graded answer."""
        place = self.places.setdefault(sample, len(self.places))
        self._make_room(place + 1)
        if not self.answers[place]:
            self.order.append(place)
        self.answers[place] += 1
        self.correct[place] += is_correct

    def add_all(self, places: Counts, is_correct: Flags) -> None:
        """Take in graded answers, by the numbers of their samples."""
        import numpy as np

        if not len(places):
            return
        self._make_room(int(places.max()) + 1)
        answers, correct = np.frombuffer(self.answers, dtype=np.int64), np.frombuffer(self.correct, dtype=np.int64)
        found, first = np.unique(places, return_index=True)
        is_new = answers[found] == 0
        self.order.frombytes(found[is_new][np.argsort(first[is_new])].astype(np.int64).tobytes())
        np.add.at(answers, places, 1)
        np.add.at(correct, places, is_correct.astype(np.int64))

    @property
    def graded(self) -> int:
        """Graded answers of all samples."""
        return sum(self.answers)

    def pairs(self) -> list[tuple[float, int]]:
        """(correct, graded) of each sample with a grade, in the order of their first."""
        return [(self.correct[place], self.answers[place]) for place in self.order]

    def by_id(self) -> dict[str, tuple[int, int]]:
        """The same by sample id."""
        names = list(self.places)
        return {names[place]: (self.correct[place], self.answers[place]) for place in self.order}

    def _make_room(self, places: int) -> None:
        missing = places - len(self.answers)
        if missing > 0:
            room = array("q", bytes(8 * (missing + len(self.answers) // 2)))
            self.answers.extend(room)
            self.correct.extend(room)
