"""The symbolic worker at its limit or killed: the question is undecided, and the next one is answered."""

from __future__ import annotations

import os

import pytest

from harness.grading.math.parsing.parser import parse
from harness.grading.math.symbolic.worker import SymbolicWorker

ENDLESS = r"\sum_{k=1}^{10^{10}} k^{k}"
"""What sympy does not finish, however fast the machine is."""


@pytest.mark.slow
def test_a_worker_that_reaches_its_cpu_limit_ends_and_the_next_pair_is_decided() -> None:
    symbolic = SymbolicWorker()
    try:
        left, right = parse(r"\sqrt{8}"), parse(r"2\sqrt{2}")
        assert symbolic.prove(left, right, degree_is_one=False, limit_s=4.0).decision.equal is True
        first = symbolic.process_id
        late = symbolic.prove_latex(ENDLESS, "1", limit_s=0.2)
        assert late.decision.equal is None
        assert late.decision.rule.startswith("limit: 0.2 s of CPU time")
        assert late.cpu_s == 0.2
        assert symbolic.prove(left, right, degree_is_one=False, limit_s=4.0).decision.equal is True
        assert symbolic.process_id != first
        assert first is not None
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
    finally:
        symbolic.close()
    assert symbolic.process_id is None


@pytest.mark.slow
def test_a_worker_that_was_killed_from_outside_is_replaced() -> None:
    symbolic = SymbolicWorker()
    try:
        left, right = parse(r"\sqrt{8}"), parse(r"2\sqrt{2}")
        symbolic.prove(left, right, degree_is_one=False, limit_s=4.0)
        assert symbolic.process_id is not None
        os.kill(symbolic.process_id, 9)
        replies = [symbolic.prove(left, right, degree_is_one=False, limit_s=4.0).decision for _ in range(2)]
        assert replies[0].equal in (True, None)  # the signal may arrive while the question is asked
        assert replies[1].equal is True
    finally:
        symbolic.close()
