"""The symbolic stage's process: started when first needed, kept warm, ended by the kernel at its CPU limit.

The worker sets a timer of its own CPU time before each question; when it fires the process ends, and the question has
no answer (None), never False. Nothing here waits for a wall clock, so a busy machine changes no verdict. One worker
serves one process; after a fork the child starts its own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from harness.core.types import Json
from harness.grading.math.expression.json_form import to_wire
from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.symbolic.prover import FormulaEquivalence, out_of_work
from harness.grading.math.symbolic.time_budget import WorkerAnswer

_PACKAGE_ROOT = Path(__file__).resolve().parents[4]


class SymbolicWorker:
    """A prover in another process, behind one lock. Limits are seconds of CPU time for one question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    @property
    def process_id(self) -> int | None:
        """The running process, None before the first question and after close."""
        return self._process.pid if self._process is not None else None

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool, limit_s: float) -> WorkerAnswer:
        """Whether both trees are the same function; None when the CPU time is used up."""
        return self._ask(
            {"kind": "nodes", "left": to_wire(left), "right": to_wire(right), "degree_is_one": degree_is_one}, limit_s
        )

    def prove_latex(self, gold: str, prediction: str, *, limit_s: float) -> WorkerAnswer:
        """Whether two LaTeX texts are the same expression by the second parser; None when the CPU time is used up."""
        return self._ask({"kind": "latex", "gold": gold, "prediction": prediction}, limit_s)

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._kill()

    def _ask(self, request: dict[str, Json], limit_s: float) -> WorkerAnswer:
        line = (json.dumps({**request, "limit_s": limit_s}) + "\n").encode()
        with self._lock:
            process = self._running()
            if process is None:
                return _no_answer("the symbolic worker does not start")
            reply = _exchange(process, line)
            if not reply.endswith(b"\n"):
                ended_by = process.wait()
                self._kill()
                # The timer's own signal: only then was it the limit; any other end is a failure of ours.
                if ended_by == -signal.SIGVTALRM:
                    return WorkerAnswer(out_of_work(f"{limit_s:.1f} s of CPU time in the symbolic worker"), limit_s)
                return _no_answer("the symbolic worker died")
        answer = json.loads(reply)
        return WorkerAnswer(FormulaEquivalence(equal=answer["equal"], rule=answer["rule"]), answer["cpu_s"])

    def _running(self) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self._kill()
        return self._start()

    def _start(self) -> subprocess.Popen[bytes] | None:
        """A fresh process that has said it is ready; None if it ends before."""
        paths = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            # -P: a file sympy.py in the user's folder would be imported otherwise (PYTHONSAFEPATH).
            [sys.executable, "-P", "-W", "ignore", "-m", "harness.grading.math.symbolic.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A fixed hash seed: sympy iterates over sets in places, and a step may find a proof in one order only.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"},
        )
        self._process, self._owner = process, os.getpid()
        if process.stdout is None or not process.stdout.readline().endswith(b"\n"):
            self._kill()
            return None
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return  # after a fork the process is the parent's
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not yet written has no reader left
                    pipe.close()
        process.wait()


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """The answer to one line; empty or cut where the process ended."""
    if process.stdin is None or process.stdout is None:
        return b""
    try:
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return b""


def _no_answer(why: str) -> WorkerAnswer:
    return WorkerAnswer(FormulaEquivalence(equal=None, rule=why), 0.0)


_shared: list[SymbolicWorker] = []


def shared_worker() -> SymbolicWorker:
    """The worker of this process, for callers that bring none; ended at exit."""
    if not _shared:
        worker = SymbolicWorker()
        _shared.append(worker)
        atexit.register(worker.close)
    return _shared[0]
