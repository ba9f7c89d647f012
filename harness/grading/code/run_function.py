"""Run one function of one program in the sandbox and report its answer, for `harness sandbox run`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.grading.code.plain_values import NotPlainData, encode_value
from harness.grading.code.result import exception_text, plain_or_non_plain
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage, StdStreams
from harness.grading.sandbox.sample_run import SampleEnded, SampleRun
from harness.grading.sandbox.sandbox import Sandbox, scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCallResult:
    """What a run gave. `answer` counts only where `trouble` is None; `printed` joins both streams, cut at 1 MiB."""

    answer: object
    trouble: str | None
    printed: str
    report: ResourceUsage


_SHOWN_BYTES = 1 << 20


def run_once(
    source: str,
    entry_point: str,
    args: Sequence[object],
    *,
    kwargs: Mapping[str, object] | None = None,
    backend: SandboxBackend,
    limits: ResourceLimits,
) -> FunctionCallResult:
    """Load the program and call the function once.

    Raises SandboxError where the sandbox itself does not work, NotPlainData for arguments that are no plain data.
    """
    printed = scratch("printed")
    sandbox = Sandbox(backend)
    answer, trouble = None, None
    try:
        with sandbox.run(limits, streams=StdStreams(stdout=printed, joins_stderr=True)) as run:
            try:
                answer, trouble = _call(run, source, entry_point, args, kwargs or {})
            except SampleEnded:
                trouble = "it gave no answer"
        assert run.report is not None
        if trouble is not None and run.report.by is not None:
            trouble = f"{trouble} (ended by: {run.report.by})"
        text = os.pread(printed, _SHOWN_BYTES, 0).decode(errors="replace")
        return FunctionCallResult(answer=answer, trouble=trouble, printed=text, report=run.report)
    finally:
        sandbox.close()
        os.close(printed)


def _call(
    run: SampleRun, source: str, entry_point: str, args: Sequence[object], kwargs: Mapping[str, object]
) -> tuple[object, str | None]:
    kind, body = run.ask("L", {"source": source})
    if kind != "A":
        return None, f"the program does not load: it {exception_text(body)}"
    request: Mapping[str, object] = {
        "do": "call",
        "name": entry_point,
        "args": [encode_value(value) for value in args],
        "kwargs": {name: encode_value(value) for name, value in kwargs.items()},
    }
    kind, body = run.ask("D", request)
    run.ask("D", {"do": "flush", "args": [], "kwargs": {}})
    if kind != "A":
        return None, f"it {exception_text(body)}"
    try:
        return plain_or_non_plain(body.get("value")), None
    except NotPlainData as error:
        return None, f"it gave something that is no data: {error}"
