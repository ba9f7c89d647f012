"""The CPU time one pair may take, in this process and in the symbolic worker together.

CPU time and not wall time: a verdict must not depend on what else the machine does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.question import NO_HINTS, QuestionHints
from harness.grading.math.symbolic.prover import FormulaEquivalence, out_of_work

PAIR_LIMIT_S = 4.0
"""Seconds of CPU time; the hardest pair of the ground truth takes half a second."""


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """A decision and the seconds of CPU time it took."""

    decision: FormulaEquivalence
    cpu_s: float


class SymbolicProver(Protocol):
    """Answers one question within a limit in seconds of CPU time (worker.SymbolicWorker)."""

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool, limit_s: float) -> WorkerAnswer:
        """Whether left and right are the same function."""
        ...

    def prove_latex(self, gold: str, prediction: str, *, limit_s: float) -> WorkerAnswer:
        """Whether two LaTeX texts are the same expression."""
        ...


class ProofTimeBudget:
    """A prover for one pair: passes questions on to the worker until the pair's CPU time is used up."""

    def __init__(self, worker: SymbolicProver, limit_s: float = PAIR_LIMIT_S, hints: QuestionHints = NO_HINTS) -> None:
        self._worker = worker
        self._limit_s = limit_s
        # Of this thread: graders in other threads of the process must not shorten it.
        self._end = time.thread_time() + limit_s
        self._hints = hints

    @property
    def hints(self) -> QuestionHints:
        """What the question says about equal answers."""
        return self._hints

    def is_expired(self) -> bool:
        """Whether the pair's CPU time is used up."""
        return self._remaining() <= 0

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> FormulaEquivalence:
        """Whether left and right are the same function; None once the time is used up."""
        if self.is_expired():
            return self.out_of_time()
        return self._counted(self._worker.prove(left, right, degree_is_one=degree_is_one, limit_s=self._remaining()))

    def prove_latex(self, gold: str, prediction: str) -> FormulaEquivalence:
        """Whether two LaTeX texts are the same expression; None once the time is used up."""
        if self.is_expired():
            return self.out_of_time()
        return self._counted(self._worker.prove_latex(gold, prediction, limit_s=self._remaining()))

    def out_of_time(self) -> FormulaEquivalence:
        """No decision, with the limit as reason."""
        return out_of_work(f"{self._limit_s:g} s of CPU time")

    def _counted(self, answer: WorkerAnswer) -> FormulaEquivalence:
        self._end -= answer.cpu_s
        return answer.decision

    def _remaining(self) -> float:
        return self._end - time.thread_time()
