"""What deciding on two formulas gives, and what a prover offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.grading.math.expression.tree import ExprNode


@dataclass(frozen=True, slots=True)
class FormulaEquivalence:
    """Equal or not, or None where it could not be decided in time; and the rule that said so."""

    equal: bool | None
    rule: str


class Prover(Protocol):
    """Decides what floats cannot, within what is left of a pair's time (budget); the work is done by worker."""

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> FormulaEquivalence:
        """Whether left and right are the same function."""
        ...

    def prove_latex(self, gold: str, prediction: str) -> FormulaEquivalence:
        """The same for text our own parser does not know."""
        ...

    def is_expired(self) -> bool:
        """Whether the pair's time is up; long loops ask."""
        ...


UNEQUAL = FormulaEquivalence(equal=False, rule="different values")
