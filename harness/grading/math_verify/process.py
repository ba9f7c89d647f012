"""The child process of the grader: one JSON question a line, one JSON answer a line.

The gold answer is read as one formula, the response by the library's own search: boxes first, then formulas and numbers
from the end. A timer of CPU time (ITIMER_PROF, setitimer(2)) is set before each question; when it fires, its signal
ends the process. The library's own limits by elapsed time are switched off.

Its parse_expr (of sympy), which evaluates Python, is given digits, operators and brackets only (lazy_expr_regex of
math_verify/parser.py, 0.9.0); all other text goes through a grammar. So this is no run of model-written code.
"""

from __future__ import annotations

import json
import logging
import resource
import signal
import sys
from typing import Any

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

_MEMORY_BYTES = 2 << 30
_CONFIGS = [LatexExtractionConfig(), ExprExtractionConfig()]


def _parsed(text: str) -> list[Any]:
    return list(parse(text, _CONFIGS, parsing_timeout=None, raise_on_error=False))


def answer(gold_text: str, text: str) -> dict[str, str | None]:
    """The verdict on a response, with what was extracted and why."""
    gold = _parsed(f"${gold_text}$") or _parsed(gold_text)
    if not gold:
        return _answer("grader_error", None, f"math-verify reads nothing in the target {gold_text!r}")
    found = _parsed(text)
    if not found:
        return _answer("no_answer", None, "math-verify extracts nothing")
    is_equal = verify(gold, found, timeout_seconds=None, raise_on_error=False)
    shown = str(found[-1])
    relation = "equal" if is_equal else "not equal"
    return _answer("correct" if is_equal else "wrong", shown, f"expected {gold_text}; got {shown}; {relation}")


def _answer(verdict: str, extracted: str | None, why: str) -> dict[str, str | None]:
    ended_by = "library" if verdict == "grader_error" else None
    return {"verdict": verdict, "answer": extracted, "why": why, "ended_by": ended_by}


def main() -> None:
    """Answer questions until standard input ends."""
    logging.disable(logging.CRITICAL)  # the library logs every formula that it cannot read
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    for line in sys.stdin:
        question = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, float(question["limit_s"]))
        try:
            found = answer(str(question["gold"]), str(question["text"]))
        except Exception as error:  # noqa: BLE001 - the library and sympy raise anything; it says nothing of the answer
            found = _answer("grader_error", None, f"math-verify raised {type(error).__name__}: {str(error)[:200]}")
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
