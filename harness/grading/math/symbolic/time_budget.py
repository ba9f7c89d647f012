"""The time one pair may take, shared by all the questions it raises.

Not here: the clock of a single question (worker kills itself free of one that hangs).
"""

from __future__ import annotations

import time
from typing import Protocol

from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.symbolic.prover import FormulaEquivalence

PAIR_LIMIT_S = 4.0
"""So that a pair is decided, or given up, within five seconds, the start of a new worker included."""


class SymbolicProver(Protocol):
    """Answers one question within a limit in seconds (worker.SymbolicWorker)."""

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool, limit_s: float) -> FormulaEquivalence:
        """Whether left and right are the same function."""
        ...

    def prove_latex(self, gold: str, prediction: str, *, limit_s: float) -> FormulaEquivalence:
        """Whether two LaTeX texts are the same expression."""
        ...


class ProofTimeBudget:
    """A prover for one pair: passes questions on to the worker until the pair's time is up."""

    def __init__(self, worker: SymbolicProver, limit_s: float = PAIR_LIMIT_S) -> None:
        self._worker = worker
        self._deadline = time.monotonic() + limit_s

    def is_expired(self) -> bool:
        """Whether the pair's time is up."""
        return self._remaining() <= 0

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> FormulaEquivalence:
        """Whether left and right are the same function; None once the time is up."""
        if self.is_expired():
            return FormulaEquivalence(equal=None, rule="no time left")
        return self._worker.prove(left, right, degree_is_one=degree_is_one, limit_s=self._remaining())

    def prove_latex(self, gold: str, prediction: str) -> FormulaEquivalence:
        """Whether two LaTeX texts are the same expression; None once the time is up."""
        if self.is_expired():
            return FormulaEquivalence(equal=None, rule="no time left")
        return self._worker.prove_latex(gold, prediction, limit_s=self._remaining())

    def _remaining(self) -> float:
        return self._deadline - time.monotonic()
