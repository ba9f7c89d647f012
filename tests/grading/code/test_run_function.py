"""One function of one program, run once: its answer, its prints, its end."""

from __future__ import annotations

from harness.grading.code.run_function import run_once
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import choose_backend


def test_the_answer_and_what_was_printed_come_back() -> None:
    source = "import sys\ndef f(x):\n    print('in', x)\n    print('err', file=sys.stderr)\n    return (x,)"
    outcome = run_once(source, "f", [2], backend=choose_backend().backend, limits=ResourceLimits())
    assert (outcome.answer, outcome.trouble) == ((2,), None)
    assert sorted(outcome.printed.split()) == ["2", "err", "in"]


def test_what_went_wrong_is_said() -> None:
    backend = choose_backend().backend
    cases = {
        "def f(x): raise ValueError('no')": "it raised ValueError: no",
        "def f(x": "the program does not load: it raised SyntaxError: '(' was never closed (<solution>, line 1)",
        "import os\ndef f(x): os._exit(3)": "it gave no answer (ended by: exit)",
    }
    for source, trouble in cases.items():
        outcome = run_once(source, "f", [2], backend=backend, limits=ResourceLimits())
        assert outcome.trouble == trouble
