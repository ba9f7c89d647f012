"""The symbolic stage's process: started when first needed, kept warm, killed when a pair takes too long.

A kill is a ruling of None (could not decide), never False. One worker serves one process; after a fork the child
starts its own. Not here: what the worker does with a pair (symbolic).
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from harness.core.types import Json
from harness.grading.math.expression.json_form import to_wire
from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.symbolic.prover import FormulaEquivalence

START_LIMIT_S = 60.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[4]


class SymbolicWorker:
    """A prover in another process, behind one lock. Limits are seconds for one question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._unread = b""

    @property
    def process_id(self) -> int | None:
        """The running process, None before the first question and after close."""
        return self._process.pid if self._process is not None else None

    def prove(self, left: ExprNode, right: ExprNode, *, degree_is_one: bool, limit_s: float) -> FormulaEquivalence:
        """Whether both trees are the same function; None when the time is up."""
        return self._ask(
            {"kind": "nodes", "left": to_wire(left), "right": to_wire(right), "degree_is_one": degree_is_one}, limit_s
        )

    def prove_latex(self, gold: str, prediction: str, *, limit_s: float) -> FormulaEquivalence:
        """Whether two LaTeX texts are the same expression by the second parser; None when the time is up."""
        return self._ask({"kind": "latex", "gold": gold, "prediction": prediction}, limit_s)

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._kill()

    def _ask(self, request: dict[str, Json], limit_s: float) -> FormulaEquivalence:
        line = (json.dumps({**request, "limit_s": limit_s}) + "\n").encode()
        with self._lock:
            process = self._running()
            if process is None or process.stdin is None:
                return FormulaEquivalence(equal=None, rule="the symbolic worker does not start")
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except OSError:
                self._kill()
                return FormulaEquivalence(equal=None, rule="the symbolic worker died")
            reply = self._read_line(process, limit_s)
            if reply is None:
                has_died = process.poll() is not None
                self._kill()
                return FormulaEquivalence(
                    equal=None,
                    rule="the symbolic worker died" if has_died else f"no decision within {limit_s:.1f} s",
                )
        ruling = json.loads(reply)
        return FormulaEquivalence(equal=ruling["equal"], rule=ruling["rule"])

    def _running(self) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        self._kill()
        return self._start()

    def _start(self) -> subprocess.Popen[bytes] | None:
        """A fresh process that has said it is ready; None if it never does."""
        paths = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "harness.grading.math.symbolic.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"},
        )
        self._process, self._owner, self._unread = process, os.getpid(), b""
        if self._read_line(process, START_LIMIT_S) is None:
            self._kill()
            return None
        return process

    def _read_line(self, process: subprocess.Popen[bytes], limit_s: float) -> bytes | None:
        if process.stdout is None:
            return None
        deadline = time.monotonic() + limit_s
        while b"\n" not in self._unread:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([process.stdout], [], [], remaining)[0]:
                return None
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                return None
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return  # after a fork the process is the parent's
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


_shared: list[SymbolicWorker] = []


def shared_worker() -> SymbolicWorker:
    """The worker of this process, for callers that bring none; ended at exit."""
    if not _shared:
        worker = SymbolicWorker()
        _shared.append(worker)
        atexit.register(worker.close)
    return _shared[0]
