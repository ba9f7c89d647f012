"""Verdicts and reasons for programs of every kind; forged results stay answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.code.case_specs import AssertTests, CallCase, CallTests, CodeTests, StdinCase, StdinTests
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.limits import ResourceLimits
from tests.cases import all_cases

_LIMITS = ResourceLimits(cpu_s=30.0, wall_s=240.0)
_SHORT = ResourceLimits(cpu_s=0.25, wall_s=240.0)
"""For programs that never end; the others must not reach a limit of time on a slow machine."""
_CUBE = CallTests(
    entry_point="f", cases=(CallCase(args=(2,), expected=8), CallCase(args=(), kwargs={"x": 3}, expected=27))
)


_LOADS_LATE = """
import importlib
def f(x): return importlib.import_module("num" + "py").array([x])[0].item() ** 3
"""
_FLOODS_HASHES = """
import json, os
def f(x):
    same = [{"#": "tuple", "v": [number * (2**61 - 1)]} for number in range(60_000)]
    text = json.dumps({"value": {"#": "set", "v": same}}).encode()
    os.write(3, len(text).to_bytes(4, "big") + b"A" + text)
"""


@all_cases(
    ("source", "verdict", "why", "ended_by"),
    [
        ("def f(x): return x ** 3", Verdict.CORRECT, "all tests pass", None),
        (_LOADS_LATE, Verdict.CORRECT, "all tests pass", None),
        ("def f(x): return x * x * 2", Verdict.WRONG, "f(x=3) returned 18; expected 27", None),
        ("def f(x): return str(x ** 3)", Verdict.WRONG, "f(2) returned '8'; expected 8", None),
        ("def f(x): return x ** 3 / 1", Verdict.WRONG, "f(2) returned 8.0; expected 8", None),
        ("def f(x): raise KeyError('no')", Verdict.WRONG, "f(2) raised KeyError: 'no'; expected 8", None),
        ("def f(x): raise SystemExit(0)", Verdict.WRONG, "f(2) raised SystemExit: 0; expected 8", None),
        (
            "def f(x): return iter([8])",
            Verdict.WRONG,
            "f(2) returned <an object of type list_iterator>; expected 8",
            None,
        ),
        ("def g(x): return 8", Verdict.WRONG, "the program does not define f", None),
        ("def f(x: return 8", Verdict.WRONG, "the program does not load: it raised SyntaxError", None),
        ("f = 3", Verdict.WRONG, "f(2) raised TypeError: 'int' object is not callable; expected 8", None),
        ("import os\ndef f(x): os._exit(0)", Verdict.WRONG, "f(2) gave no answer: the program ended itself", "exit"),
        ("def f(x):\n while 1: pass", Verdict.WRONG, "f(2) gave no answer: the limit of 0.25 CPU seconds", "cpu"),
        ("def f(x): return [0] * 10 ** 10", Verdict.WRONG, "f(2) raised MemoryError; expected 8", "memory"),
        ("def f(x): return 10 ** 20000", Verdict.WRONG, "returned <int with a number too wide to print>", None),
        ("class Any:\n def __eq__(s, o): return True\ndef f(x): return Any()", Verdict.WRONG, "of type Any", None),
        (
            "from dataclasses import dataclass\n@dataclass\nclass P: a: int\ndef f(x): return P(x).a ** 3",
            Verdict.CORRECT,
            "",
            None,
        ),
        ("def f(x): raise type('\\x1b[31m', (Exception,), {})()", Verdict.WRONG, "f(2) raised \\x1b[31m;", None),
        ("def f(x): return type('\\x1b[31m', (), {})()", Verdict.WRONG, "<an object of type \\x1b[31m>", None),
        ("import pandas\ndef f(x): return x ** 3", Verdict.GRADER_ERROR, "the program needs pandas", "library"),
        ("def f(x):\n from pandas.core import a", Verdict.GRADER_ERROR, "the program needs pandas", "library"),
        ("import unheard_of\ndef f(x): return 8", Verdict.WRONG, "No module named 'unheard_of'", None),
        ("def f(x): raise ModuleNotFoundError(\"No module named 'pandas'\")", Verdict.WRONG, "f(2) raised", None),
        (
            "try: import pandas\nexcept ImportError: pass\ndef f(x): return x ** 3",
            Verdict.CORRECT,
            "all tests pass",
            None,
        ),
        (
            "from decimal import Decimal\ndef f(x): return Decimal(8)",
            Verdict.WRONG,
            "of type Decimal>; expected 8",
            None,
        ),
        (_FLOODS_HASHES, Verdict.WRONG, "f(2) gave something that is no data", "garbled"),
        ("if __name__ == '__main__': 1 / 0\ndef f(x): return x ** 3", Verdict.CORRECT, "", None),
    ],
)
def test_calls(runner: CodeRunner, source: str, verdict: Verdict, why: str, ended_by: str | None) -> None:
    result = runner.run(source, _CUBE, _SHORT if ended_by == "cpu" else _LIMITS)
    assert result.verdict is verdict, result
    assert why in result.why
    assert result.ended_by == ended_by


@all_cases(
    "value",
    [
        '{"#":"bytes","v":"zz"}',
        '{"#":"int","v":"zz"}',
        '{"#":"complex","v":["x",1]}',
        '{"#":"dict","v":[[1,2,3]]}',
        '{"#":"dict","v":["ab"]}',
        '{"#":"ndarray","dtype":"int64","v":[8]}',
        '{"#":"Decimal","v":"8x"}',
        '{"#":"Decimal","v":"1e999999999"}',
        '{"#":"Fraction","v":[8,0]}',
        '{"#":"Fraction","v":["8",1]}',
    ],
)
def test_a_forged_frame_that_is_no_data_is_a_wrong_answer_and_no_crash(runner: CodeRunner, value: str) -> None:
    source = f"""
import os
text = b'{{"value":{value}}}'
def f(x): os.write(3, len(text).to_bytes(4, "big") + b"A" + text)
"""
    for tests in (_CUBE, AssertTests(entry_point="f", tests="assert f(f(2)) == 8")):
        assert runner.run(source, tests, _LIMITS).verdict is Verdict.WRONG


def test_folders_named_as_the_clean_up_names_them_do_not_stop_it(runner: CodeRunner) -> None:
    source = """
import os
def f(x):
    for n in range(1, 40):
        os.makedirs(f".moved-{os.getppid()}-{n}/a/b")
        os.makedirs(f"d{n}/a/b")
"""
    assert runner.run(source, _CUBE, ResourceLimits()).verdict is Verdict.WRONG
    assert runner.run(_PASSES, _CUBE, ResourceLimits()).verdict is Verdict.CORRECT


def test_a_method_of_a_class_is_called_on_a_fresh_instance(runner: CodeRunner) -> None:
    tests = CallTests(
        entry_point="Solution.add", cases=(CallCase(args=(1,), expected=1), CallCase(args=(2,), expected=2))
    )
    source = "class Solution:\n n = 0\n def add(self, k):\n  self.n += k\n  return self.n"
    assert runner.run(source, tests, _LIMITS).verdict is Verdict.CORRECT


_PASSES = "def f(x):\n    return x ** 3\n"


@all_cases(
    ("source", "tests", "setup", "verdict", "why"),
    [
        (_PASSES, "assert f(2) == 8", "", Verdict.CORRECT, "all tests pass"),
        (_PASSES, "def check(candidate):\n    assert candidate(2) == 8\ncheck(f)", "", Verdict.CORRECT, ""),
        (_PASSES, "assert f(2) == 8", "f = None", Verdict.CORRECT, "all tests pass"),
        (_PASSES, "assert f(2) == 9", "", Verdict.WRONG, "f(2) returned 8; the test is: assert f(2) == 9"),
        (_PASSES, "assert f(n) == 8", "n = 2", Verdict.CORRECT, ""),
        ("def f(x): return [x]", "assert f(1)[0] == f(2)", "", Verdict.WRONG, "f(2) returned [2]"),
        ("def f(x): yield x", "assert list(f(1)) == [1]", "", Verdict.CORRECT, ""),
        ("def f(x): yield x", "assert f(1) == [1]", "", Verdict.WRONG, "returned <an object of type generator>"),
        (
            "def f(x): raise ValueError(x)",
            "try: f(1)\nexcept ValueError: pass\nelse: assert 0",
            "",
            Verdict.CORRECT,
            "",
        ),
        ("def f(x): return x()", "assert f(int) == 0", "", Verdict.CORRECT, ""),
        (
            "class P:\n    def __init__(self, v): self.v = v\ndef f(p): return p.v + p.next.v",
            "assert f(p) == 3",
            "p = P(1)\np.next = P(2)",
            Verdict.CORRECT,
            "",
        ),
        ("import sys\ndef f(x): return x", "assert f(sys.maxsize) == sys.maxsize", "", Verdict.CORRECT, ""),
        ("abs = lambda x: 0\ndef f(x): return 5", "assert abs(f(1) - 1) < 1e-6", "", Verdict.WRONG, "f(1) returned 5"),
        (
            "class Any:\n    def __eq__(s, o): return True\n    __ne__ = lambda s, o: False\ndef f(x): return Any()",
            "assert f(1) == 1",
            "",
            Verdict.WRONG,
            "f(1) returned <an object of type Any>",
        ),
        ("def f(x): raise SystemExit(0)", "assert f(1) == 1", "", Verdict.WRONG, "f(1) raised SystemExit"),
        ("import os\ndef f(x): os._exit(0)", "assert f(1) == 1", "", Verdict.WRONG, "f(1) gave no answer"),
        (
            "import os\nos.write(3, b'\\0\\0\\0\\x0fV{\"passed\":true}')\ndef f(x): return 0",
            "assert f(1)",
            "",
            Verdict.WRONG,
            "",
        ),
        (_PASSES, "assert f(2) ==", "", Verdict.GRADER_ERROR, "the tests went wrong: they do not parse"),
        (_PASSES, "assert f(2) == 8", "1 / 0", Verdict.GRADER_ERROR, "their setup raised ZeroDivisionError"),
        (_PASSES, "import pandas\nassert f(2) == 8", "", Verdict.GRADER_ERROR, "they need a library"),
        ("import pandas\ndef f(x): return 8", "assert f(2) == 8", "", Verdict.GRADER_ERROR, "the program needs pandas"),
        ("def f(x): import pandas", "assert f(2) == 8", "", Verdict.GRADER_ERROR, "the program needs pandas"),
        ("import math\ndef f(x): return math", "assert f(f(2)) == 8", "", Verdict.WRONG, "of type module"),
        (_PASSES, "assert f(open) == 8", "", Verdict.GRADER_ERROR, "cannot be handed to the candidate"),
        # an array has no truth where Python gives it none, and is compared as one where the tests do so
        ("import numpy as np\ndef f(x): return np.arange(x)", "assert f(2) == [0, 1]", "", Verdict.WRONG, "ambiguous"),
        ("import numpy as np\ndef f(x): return [np.arange(x)]", "assert f(2) == [[0, 1]]", "", Verdict.WRONG, "ambig"),
        ("import numpy as np\ndef f(x): return np.arange(x)", "assert list(f(2)) == [0, 1]", "", Verdict.CORRECT, ""),
        ("import numpy as np\ndef f(x): return np.arange(x) * 2", "assert f(2)[1] == 2", "", Verdict.CORRECT, ""),
        # decimals and fractions are equal to the numbers Python holds them equal to
        ("from decimal import Decimal\ndef f(x): return Decimal(x)", "assert f(2) == 2", "", Verdict.CORRECT, ""),
        ("from decimal import Decimal\ndef f(x): return Decimal('0.1')", "assert f(1) == 0.1", "", Verdict.WRONG, ""),
        (
            "from decimal import Decimal\ndef f(x): return Decimal(x)",
            "assert f(f(2)) + 1 == 3",
            "",
            Verdict.CORRECT,
            "",
        ),
        (
            "from fractions import Fraction\ndef f(x): return [Fraction(x, 2)]",
            "assert f(1) == [0.5]",
            "",
            Verdict.CORRECT,
            "",
        ),
        (
            "from fractions import Fraction\ndef f(x): return Fraction(x, 3)",
            "assert f(1) == 0.33",
            "",
            Verdict.WRONG,
            "",
        ),
        (
            "from decimal import Decimal\nclass D(Decimal):\n    def __eq__(s, o): return True\ndef f(x): return D(x)",
            "assert f(1) == 2",
            "",
            Verdict.WRONG,
            "of type D",
        ),
        ("from decimal import Decimal\ndef f(x): return Decimal('1e999999')", "assert f(1) > 2", "", Verdict.WRONG, ""),
    ],
)
def test_asserts(runner: CodeRunner, source: str, tests: str, setup: str, verdict: Verdict, why: str) -> None:
    result = runner.run(source, AssertTests(entry_point="f", tests=tests, setup=setup), _LIMITS)
    assert result.verdict is verdict, result
    assert why in result.why


@pytest.mark.slow
def test_answers_that_take_the_tests_for_ever_to_read_are_the_programs_fault(runner: CodeRunner) -> None:
    source = """
import json, os
same = [{"#": "tuple", "v": [number * (2**61 - 1)]} for number in range(60_000)]
text = json.dumps({"value": {"#": "set", "v": same}}).encode()
def f(x):
    rest = len(text).to_bytes(4, "big") + b"A" + text
    while rest: rest = rest[os.write(3, rest):]
    os.read(3, 1)
"""
    # the set takes some 30 CPU seconds to build: the limit must lie well below
    result = runner.run(source, AssertTests(entry_point="f", tests="f(1)"), ResourceLimits(cpu_s=1))
    assert result.verdict is Verdict.WRONG, result
    assert "keys of costly kinds" in result.why


def test_tests_that_never_end_are_an_error_of_the_grader(runner: CodeRunner) -> None:
    tests = AssertTests(entry_point="f", tests="while True: pass")
    result = runner.run(_PASSES, tests, ResourceLimits(cpu_s=0.02))
    assert result.verdict is Verdict.GRADER_ERROR
    assert "the test code gave no verdict" in result.why


def test_a_sandbox_that_does_not_start_is_an_error_of_the_grader(tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    refusing.chmod(0o755)
    runner = CodeRunner(SandboxBackend(name="refusing", bwrap=str(refusing)))
    for tests in (_CUBE, AssertTests(entry_point="f", tests="assert f(2) == 8"), _SQUARE):
        result = runner.run(_PASSES, tests, ResourceLimits())
        assert result.verdict is Verdict.GRADER_ERROR
        assert result.why == "the sandbox failed twice: refusing: did not start: no room"
    runner.close()


@pytest.mark.parametrize("body", ["time.sleep(60)", "threading.Event().wait()", "while True: time.sleep(0.001)"])
def test_elapsed_time_alone_makes_no_program_wrong(runner: CodeRunner, body: str) -> None:
    source = f"import threading, time\ndef f(x):\n    {body}"
    result = runner.run(source, _CUBE, ResourceLimits(cpu_s=60, wall_s=0.5))
    # Which of the two it is depends on the machine; a program is wrong only where it was seen to wait itself.
    assert (result.ended_by, result.verdict) in {("idle", Verdict.WRONG), ("wall", Verdict.GRADER_ERROR)}, result
    assert "0.5 seconds" in result.why


@all_cases(
    ("source", "tests", "verdict"),
    [
        ("def f(xs): xs.sort()", "xs = [3, 1, 2]\nf(xs)\nassert xs == [1, 2, 3]", Verdict.CORRECT),
        ("def f(xs): sorted(xs)", "xs = [3, 1, 2]\nf(xs)\nassert xs == [1, 2, 3]", Verdict.WRONG),
        ("def f(d): d['a'] += 1", "d = {'a': 1}\nassert f(d) is None\nassert d == {'a': 2}", Verdict.CORRECT),
        ("def f(s): s.discard(1)", "s = {1, 2}\nf(s)\nassert s == {2}", Verdict.CORRECT),
        (
            "def f(m):\n for r in m: r.reverse()",
            "r = [1, 2]\nm = [r]\nf(m)\nassert r == [2, 1] == m[0]",
            Verdict.CORRECT,
        ),
        ("def f(xs): xs.clear()", "xs = [1]\nf(xs=xs)\nassert xs == []", Verdict.CORRECT),
        ("def f(xs): xs[:] = [lambda: 1]", "xs = [1]\nf(xs)\nassert xs[0]() == 1", Verdict.CORRECT),
        ("def f(xs): xs.append(0); return xs", "xs = []\nassert f(xs) == [0]\nassert f([]) == [0]", Verdict.CORRECT),
        (
            "class C:\n  def g(self, x): x.append(1)\ndef f(): return C()",
            "x = []\nf().g(x)\nassert x == [1]",
            Verdict.CORRECT,
        ),
    ],
)
def test_what_a_program_does_to_its_arguments_is_seen_by_the_tests(
    runner: CodeRunner, source: str, tests: str, verdict: Verdict
) -> None:
    result = runner.run(source, AssertTests(entry_point="f", tests=tests), _LIMITS)
    assert result.verdict is verdict, result


@all_cases("name", ["len", "isinstance", "dict", "getattr", "range", "str", "chr", "type", "open", "map"])
def test_a_program_that_rewrites_a_builtin_function_harms_only_itself(runner: CodeRunner, name: str) -> None:
    source = f"import builtins\nbuiltins.{name} = None\ndef f(x): return x ** 3\ndef g(): return {name}"
    assert runner.run(source, _CUBE, _LIMITS).verdict is Verdict.CORRECT
    tests = AssertTests(entry_point="f", tests="assert f(2) == 8\nassert g() is None")
    assert runner.run(source, tests, _LIMITS).verdict is Verdict.CORRECT


def test_numbers_are_printed_within_the_tolerance_of_the_case(runner: CodeRunner) -> None:
    def verdict(printed: str, tolerance: float | None) -> Verdict:
        case = StdinCase(stdin="", stdout="0.333333 yes 2\n", tolerance=tolerance)
        return runner.run(f"print({printed!r})", StdinTests(cases=(case,)), _LIMITS).verdict

    assert verdict("0.3333333333 yes 2", 1e-6) is Verdict.CORRECT
    assert verdict("0.3333333333 yes 2", None) is Verdict.WRONG
    assert verdict("0.34 yes 2", 1e-6) is Verdict.WRONG
    assert verdict("0.333333 yes 2.0000001", 1e-6) is Verdict.WRONG  # a whole number is expected
    assert verdict("nan yes 2", 1e-6) is Verdict.WRONG


_SQUARE = StdinTests(cases=(StdinCase(stdin="3\n", stdout="9\n"), StdinCase(stdin="4\n", stdout="16\n")))


@all_cases(
    ("source", "verdict", "why", "ended_by"),
    [
        ("print(int(input()) ** 2)", Verdict.CORRECT, "all tests pass", None),
        ("import sys\nprint(int(sys.stdin.read()) ** 2)\nsys.exit()", Verdict.CORRECT, "", None),
        ("import os\nprint(int(input()) ** 2, flush=True)\nos._exit(0)", Verdict.CORRECT, "", None),
        ("if __name__ == '__main__': print(int(input()) ** 2)", Verdict.CORRECT, "", None),
        ("print(int(input()) ** 2)\nexit()", Verdict.CORRECT, "", None),
        ("import atexit\natexit.register(lambda: print(int(input()) ** 2))", Verdict.CORRECT, "", None),
        (
            "import threading, time\ndef f(): time.sleep(0.1); print(int(input()) ** 2)\n"
            "threading.Thread(target=f).start()",
            Verdict.CORRECT,
            "",
            None,
        ),
        ("import pandas\nprint(int(input()) ** 2)", Verdict.GRADER_ERROR, "the program needs pandas", "library"),
        ("print(9)", Verdict.WRONG, "on input '4\\n' it printed '9\\n'; expected '16\\n'", None),
        ("print(int(input()) ** 2)\nraise SystemExit(1)", Verdict.WRONG, "on input 1 it raised SystemExit: 1", None),
        ("import os\nprint(9, flush=True)\nos._exit(1)", Verdict.WRONG, "on input 1 it did not end properly", "exit"),
        ("print(int(input()) ** 2, input())", Verdict.WRONG, "it raised EOFError", None),
        ("while True: print('x' * 9999)", Verdict.WRONG, "it printed more than", "output"),
    ],
)
def test_stdin(runner: CodeRunner, source: str, verdict: Verdict, why: str, ended_by: str | None) -> None:
    result = runner.run(source, _SQUARE, _LIMITS)
    assert result.verdict is verdict, result
    assert why in result.why
    assert result.ended_by == ended_by


@pytest.mark.parametrize(
    "tests",
    [
        CallTests(entry_point="f", cases=(CallCase(args=(1,), expected="s3cret-answer"),)),
        AssertTests(entry_point="f", tests="assert f(1) == 's3cret-answer'"),
    ],
)
def test_a_program_that_searches_its_memory_finds_no_expected_answer(runner: CodeRunner, tests: CodeTests) -> None:
    searches = """
import gc, sys
def f(x):
    for held in gc.get_objects():
        for one in (held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else ()):
            if isinstance(one, str) and one.startswith("s3cret") and len(one) > 6:
                return one
    frame = sys._getframe()
    while frame:
        for one in frame.f_locals.values():
            if isinstance(one, str) and one.startswith("s3cret") and len(one) > 6:
                return one
        frame = frame.f_back
"""
    assert runner.run(searches, tests, ResourceLimits()).verdict is Verdict.WRONG
