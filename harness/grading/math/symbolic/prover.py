"""What deciding on two formulas gives, and what a prover offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.question import QuestionHints

LIMIT = "limit"
"""How the rule begins where a limit of work or memory prevented a decision; `equal` is None then."""


@dataclass(frozen=True, slots=True)
class FormulaEquivalence:
    """Equal or not, or None where a limit prevented a decision; and the rule that decided.

    A rule for equal formulas says `proved` or at how many points they agree.
    """

    equal: bool | None
    rule: str


class Prover(Protocol):
    """Decides what floats cannot, within the CPU time that is left for a pair (time_budget)."""

    @property
    def hints(self) -> QuestionHints:
        """What the question says about equal answers."""
        ...

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool) -> FormulaEquivalence:
        """Whether left and right are the same function."""
        ...

    def prove_latex(self, gold: str, prediction: str) -> FormulaEquivalence:
        """The same for LaTeX text with sums, integrals or limits, which the parser of this package does not read."""
        ...

    def is_expired(self) -> bool:
        """Whether the pair's CPU time is used up; long loops ask."""
        ...


UNEQUAL = FormulaEquivalence(equal=False, rule="different values")


def out_of_work(what: str) -> FormulaEquivalence:
    """No decision, because of a limit."""
    return FormulaEquivalence(equal=None, rule=f"{LIMIT}: {what}")
