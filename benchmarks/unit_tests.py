"""Do unit tests in a sandbox of their own rule as they would in one process with the program?

    python benchmarks/unit_tests.py DATA_DIR [VARIANTS] [SEED]

Takes the references of bigcodebench-hard, changes each in VARIANTS ways drawn by SEED (a comparison turned round, a
constant or operator changed, a statement dropped, None returned), and runs the tests of every variant twice in the same
backend: by the code grader, and in one process with the published tests, as their authors run them. There a program
could forge its result; these do not. Prints both verdicts' counts and each difference. Needs the extra `bigcodebench`.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path

from harness.core.python_text import parse_python
from harness.core.types import Verdict
from harness.grading.code.case_specs import UnitTests, parse_tests
from harness.grading.code.libraries import modules_to_load
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.limits import ResourceLimits, StdStreams
from harness.grading.sandbox.probes import choose_backend
from harness.grading.sandbox.sample_run import SampleEnded
from harness.grading.sandbox.sandbox import Sandbox, scratch
from harness.grading.unittest_bridge.extension import EXTENSION
from harness.tasks.load import load_task

_KINDS = ("compare", "constant", "return", "drop", "drop", "operator")
_OPPOSITE = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_RUNNER = """
import unittest as _unittest, os as _os
_tests = _unittest.defaultTestLoader.loadTestsFromTestCase(TestCases)
_result = _unittest.TextTestRunner(stream=open(_os.devnull, "w")).run(_tests)
_os.write(1, b"PASSED" if _result.wasSuccessful() and _result.testsRun else b"FAILED")
_os._exit(0)
"""


class _Change(ast.NodeTransformer):
    """Makes one change of a kind at the nth place where it can be made."""

    def __init__(self, kind: str, place: int) -> None:
        self.kind = kind
        self.left = place
        self.is_made = False

    def _is_here(self, kind: str) -> bool:
        if kind != self.kind or self.is_made:
            return False
        self.left -= 1
        self.is_made = self.left < 0
        return self.is_made

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if self._is_here("compare"):
            node.ops[0] = _OPPOSITE[type(node.ops[0])]()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, int | float | str) and not isinstance(node.value, bool) and self._is_here("constant"):
            return ast.Constant(f"{node.value}x" if isinstance(node.value, str) else node.value + 1)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if node.value is not None and self._is_here("return"):
            node.value = ast.Constant(None)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        return ast.Pass() if not isinstance(node.value, ast.Constant) and self._is_here("drop") else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if self._is_here("operator"):
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        return node


def variants(source: str, name: str, count: int, draw: random.Random) -> list[str]:
    """The source itself, then up to `count` changed ones, all different."""
    found = [source]
    for _ in range(count * 20):
        tree = parse_python(source)
        change = _Change(draw.choice(_KINDS), draw.randrange(8))
        function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
        function.body = [change.visit(node) for node in function.body]
        text = ast.unparse(ast.fix_missing_locations(tree))
        if change.is_made and text not in found:
            found.append(text)
        if len(found) > count:
            break
    return found


def passes_in_one_process(sandbox: Sandbox, source: str, tests: UnitTests, limits: ResourceLimits) -> bool:
    """Whether program and tests, run as one text, print that all passed."""
    stdout = scratch("stdout")
    try:
        streams, preload = StdStreams(stdout=stdout), modules_to_load(source, tests.tests)
        with contextlib.suppress(SampleEnded), sandbox.run(limits, streams=streams, preload=preload) as run:
            run.ask("M", {"source": f"{source}\n{tests.tests}\n{_RUNNER}"})  # ends it: the runner leaves by itself
        return os.pread(stdout, 1 << 20, 0).endswith(b"PASSED")
    finally:
        os.close(stdout)


def main(data_dir: str, count: str = "4", seed: str = "1") -> None:
    """Grade all variants both ways and print what differs."""
    draw = random.Random(int(seed))
    loaded = load_task("bigcodebench-hard", cwd=Path.cwd(), data_dir=Path(data_dir))
    backend = choose_backend().backend
    runner, shared = CodeRunner(backend), Sandbox(backend, EXTENSION)
    limits = ResourceLimits()
    alone = ResourceLimits(cpu_s=60.0, memory_bytes=4 << 30)
    counts: Counter[tuple[bool, str]] = Counter()
    for sample in loaded.samples:
        tests = parse_tests(sample.target)
        assert isinstance(tests, UnitTests)
        source = str(sample.reference).removeprefix("```python\n").removesuffix("\n```")
        for number, text in enumerate(variants(source, tests.entry_point, int(count), draw)):
            together = passes_in_one_process(shared, text, tests, alone)
            grade = runner.run(text, tests, limits)
            counts[together, grade.verdict.value] += 1
            if together is not (grade.verdict is Verdict.CORRECT):
                word = "passes" if together else "fails"
                print(f"{sample.id} variant {number} {word} in one process: {grade.verdict.value}, {grade.why}")
    runner.close()
    shared.close()
    total = sum(counts.values())
    same = counts[True, "correct"] + counts[False, "wrong"]
    print(json.dumps({f"{'passes' if key[0] else 'fails'} together, {key[1]} apart": n for key, n in counts.items()}))
    print(f"{same} of {total} variants have the same verdict")


if __name__ == "__main__":
    main(*sys.argv[1:])
