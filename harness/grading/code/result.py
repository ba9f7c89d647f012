"""The result of a program's tests, the two ways not to pass, and the words for what a program did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.types import Verdict
from harness.grading.code.plain_values import shown
from harness.grading.sandbox.plain_data import NotPlainData, costly_keys, decode, encode

MAX_COSTLY_KEYS = 5_000
"""Keys of an answer whose hashes a program can choose: n equal hashes take n^2 steps to put into one dict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTestResult:
    """The verdict on a program and why. `ended_by` names the limit or end; None: it answered to the last."""

    verdict: Verdict
    why: str
    ended_by: str | None = None
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NonPlainValue:
    """An answer that is no plain data; equal to nothing."""

    kind: str

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<an object of type {self.kind}>"


class CheckFailed(Exception):
    """The program did not do what the test wants; the words say what.

    `by`: what else is known of its end. `raised`: the exception of the program that it comes from, as data.
    """

    def __init__(self, why: str, by: str | None = None, *, raised: Mapping[str, object] | None = None) -> None:
        super().__init__(why)
        self.by = by
        self.raised = raised


class TestsBroken(Exception):
    """The tests themselves went wrong. `by`: what else is known of it."""

    def __init__(self, why: str, by: str | None = None) -> None:
        super().__init__(why)
        self.by = by


def plain_or_non_plain(wire: object, *, expected: object = None) -> object:
    """The value of an answer; what is no plain data becomes a NonPlainValue, equal to nothing.

    Raises NotPlainData for what is no answer at all, and for more keys of costly kinds than the expected answer has:
    such an answer cannot be equal.
    """
    if costly_keys(wire) > MAX_COSTLY_KEYS + 2 * costly_keys(encode(expected)):
        raise NotPlainData("more keys than will be hashed: building them may take quadratic time")
    return decode(wire, lambda tagged: NonPlainValue(_word(tagged.get("type") or tagged.get("#"))))


def call_text(name: str, args: Sequence[str]) -> str:
    return f"{name}({', '.join(args)})"


def _word(name: object) -> str:
    """A name that a program chose, safe for a terminal and a log."""
    return shown(str(name)[:60])[1:-1]


def exception_text(body: Mapping[str, object]) -> str:
    names = body.get("types")
    first = _word(names[0]) if isinstance(names, list) and names else "an exception"
    message = str(body.get("message") or "")
    return f"raised {first}: {shown(message)[1:-1]}" if message else f"raised {first}"


def ended_by_memory(body: Mapping[str, object]) -> str | None:
    names = body.get("types")
    return "memory" if isinstance(names, list) and "MemoryError" in names else None
