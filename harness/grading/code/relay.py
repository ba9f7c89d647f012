"""Between the tests' sandbox and the candidate's: requests one way, answers the other, and what the verdict means.

Frames are passed on undecoded; they are read here only for the reason of a failure. Which names the tests may ask of
the candidate is read from the tests' own text: built-in names and names they define themselves never are, so that a
candidate cannot answer for them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from harness.core.python_text import parse_python
from harness.grading.code.parsing import unbound_names
from harness.grading.code.plain_values import NotPlainData, shown
from harness.grading.code.result import (
    MAX_COSTLY_KEYS,
    CheckFailed,
    TestsBroken,
    call_text,
    ended_by_memory,
    exception_text,
    plain_or_non_plain,
)
from harness.grading.sandbox.plain_data import costly_keys
from harness.grading.sandbox.sample_run import SampleEnded, SampleRun

_READ_FOR_REASONS_BYTES = 1 << 20
"""Of a call and its answer. The verdict needs neither; only a short one is worth decoding for its reason."""
_OF_TESTS, _OF_PROGRAM = ("D", "A", "X"), ("A", "X", "C")
"""The frames that either side sends: requests and answers of the tests, answers and requests of the program."""
_CALL = b'{"do":"call"'
_MAX_ANSWERED_BYTES = 128 << 20
"""Tests that end without a verdict after more answers than this were worn down by them."""


class TestSandboxEnded(Exception):
    """The sandbox of the tests gave no further frame."""


class TestRelay:
    """Passes questions of the tests to the candidate and its answers back; remembers the last pair."""

    def __init__(self, run: SampleRun, tester: SampleRun) -> None:
        self._run = run
        self._tester = tester
        self._last: tuple[bytes, str, bytes] | None = None
        self._answered_bytes = 0

    def until_verdict(self, name: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Start the tests by frame `name` and serve them, and the program where it asks back.

        Raises CheckFailed for the candidate's end, TestSandboxEnded for the tests' own.
        """
        self._tell(name, body)
        # A stack: while the program works on a question it may ask back (a mock), and the tests may ask again
        # meanwhile.
        asked: list[bytes] = []
        while True:
            try:
                kind, text = self._tester.receive()
                if kind == "V":
                    return self._tester.decoded(text)
            except SampleEnded as ended:
                self._blame_the_answers()
                raise TestSandboxEnded(ended.by) from None
            if kind == "D":
                asked.append(text)
            try:
                # Names of frames are checked on the way: with "L" the tests' side could load another program, and the
                # other way round.
                self._run.forward(kind if kind in _OF_TESTS else "D", text)
                kind, answer = self._run.receive()
            except SampleEnded:
                self._last = (asked[0] if asked else text, "", b"")
                raise CheckFailed(self.last_call()) from None
            if kind != "C" and asked:
                self._remember(asked.pop(), kind, answer)
            self._answered_bytes += len(answer)
            try:
                self._tester.forward(kind if kind in _OF_PROGRAM else "X", answer)
            except SampleEnded as ended:
                raise TestSandboxEnded(ended.by) from None

    def _remember(self, question: bytes, kind: str, answer: bytes) -> None:
        """Keep the last call; what was asked about its answer afterwards says less."""
        if self._last is None or question.startswith(_CALL) or not self._last[0].startswith(_CALL):
            self._last = (question, kind, answer)

    def _blame_the_answers(self) -> None:
        """Raise Failed where the tests' side broke down over what the candidate answered."""
        # A program that answers with gigabytes ends the tests' process, and must not gain a grader error for its
        # failure.
        if self._answered_bytes > _MAX_ANSWERED_BYTES:
            raise CheckFailed(f"the tests could not read {self._answered_bytes >> 20} MiB of answers", "output")
        if self._last is not None and len(self._last[2]) > MAX_COSTLY_KEYS:
            try:
                keys = costly_keys(self._run.decoded(self._last[2]).get("value"))
            except SampleEnded:
                keys = MAX_COSTLY_KEYS + 1
            if keys > MAX_COSTLY_KEYS:
                raise CheckFailed(f"the tests could not read an answer with {keys} keys of costly kinds", "garbled")

    def _tell(self, name: str, body: Mapping[str, object]) -> None:
        try:
            self._tester.send(name, body)
        except SampleEnded as ended:
            raise TestSandboxEnded(ended.by) from None

    def last_exception(self) -> Mapping[str, object] | None:
        """What the candidate raised on the last question, as data; None where it answered or was asked nothing."""
        if self._last is None or self._last[1] != "X" or len(self._last[2]) > _READ_FOR_REASONS_BYTES:
            return None
        try:
            return self._run.decoded(self._last[2])
        except SampleEnded:
            return None

    def last_call(self) -> str:
        """The last question and its answer in words; empty where nothing was asked."""
        if self._last is None:
            return ""
        question, kind, answer = self._last
        if len(question) + len(answer) > _READ_FOR_REASONS_BYTES:
            return f"a call with {len(question)} bytes of arguments and {len(answer)} bytes of answer"
        try:
            asked = self._tester.decoded(question)
            args = asked.get("args")
            args = args[asked.get("do") == "apply" :] if isinstance(args, list) else []  # the first is what is called
            texts = [shown(plain_or_non_plain(_content(item))) for item in args]
            call = call_text(str(asked.get("name") or asked.get("do")), texts)
            if not kind:
                return f"{call} gave no answer"
            body = self._run.decoded(answer)
            if kind == "X":
                return f"{call} {exception_text(body)}"
            return f"{call} returned {shown(plain_or_non_plain(body.get('value')))}"
        except (SampleEnded, NotPlainData):
            return ""


def run_tests_apart(
    run: SampleRun, tester: SampleRun, frame: str, body: Mapping[str, object], texts: Mapping[str, str]
) -> Mapping[str, object]:
    """Run tests apart from the program; the verdict of those that pass. Raises what any other verdict means.

    `body`: what starts them, with the token; `texts`: the parts of the tests by name.
    """
    relay = TestRelay(run, tester)
    try:
        verdict = relay.until_verdict(frame, body)
    except TestSandboxEnded as ended:
        # Elapsed time may be the machine's fault; any other end of the tests came of their own work.
        by = None if str(ended) == "wall" else "tests"
        raise TestsBroken(f"the test code gave no verdict ({ended})", by) from None
    # Anybody may send a frame "V" who gets at the channel; only who was given the token can have run the tests.
    if verdict.get("token") != body["token"]:
        raise TestsBroken("the verdict came without its token")
    result_from_verdict(verdict, texts, relay)
    return verdict


def wanted_names(*texts: str) -> frozenset[str]:
    """Names that the tests use and do not define: these are asked of the candidate. Built-in names never are."""
    try:
        trees = [parse_python(text) for text in texts]
    except SyntaxError as error:
        raise TestsBroken(f"they do not parse: {error}") from error
    return unbound_names(*trees)


def result_from_verdict(verdict: Mapping[str, object], texts: Mapping[str, str], relay: TestRelay) -> None:
    """Raise what the tests' verdict means; nothing where they pass. `texts`: the parts of the tests by name."""
    if verdict.get("passed") is True:
        return
    if verdict.get("cannot_cross"):
        raise TestsBroken(str(verdict.get("message")))
    if verdict.get("part") == "setup" and not relay.last_call():
        raise TestsBroken(f"their setup {exception_text(verdict)}")
    line = verdict.get("line")
    text = texts[str(verdict.get("part"))] if verdict.get("part") in texts else texts["tests"]
    wants = _statement(text, line) if isinstance(line, int) else ""
    names = verdict.get("types")
    # An ImportError of the tests themselves says that a library is missing here; one of the program is the program's.
    candidate_raised = relay.last_exception()
    if candidate_raised is None and isinstance(names, list) and "ImportError" in names:
        raise TestsBroken(
            f"they need a library that the sandbox does not offer: {exception_text(verdict)}", by="library"
        )
    # Where there are several modules, the test's name says more than the part's.
    test = verdict.get("test") if verdict.get("part") not in ("setup", "tests") else None
    is_assertion = isinstance(names, list) and "AssertionError" in names
    found = relay.last_call() or "the tests ended before a call"
    reason = "" if is_assertion else f"; the tests {exception_text(verdict)}"
    why = f"{found}{reason}; the test is: {wants}" if wants else f"{found}{reason}"
    why = f"{test}: {why}" if test else why
    raise CheckFailed(why, ended_by_memory(verdict), raised=candidate_raised)


def _content(wire: object) -> object:
    """A value of the tests without the numbers by which the program keeps its lists."""
    if isinstance(wire, list):
        return [_content(item) for item in wire]
    if isinstance(wire, dict):
        return _content(wire.get("v")) if wire.get("#") == "shared" else {key: _content(wire[key]) for key in wire}
    return wire


def _statement(source: str, line: int) -> str:
    """The innermost statement at a line, on one line, cut."""
    inside = [
        node
        for node in ast.walk(parse_python(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if not inside:
        return ""
    text = " ".join((ast.get_source_segment(source, inside[-1]) or "").split())
    return text if len(text) <= 200 else f"{text[:197]}..."
