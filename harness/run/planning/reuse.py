"""Answers of earlier runs reused in a new one: their key says that the same request was billed already.

They keep their instant, latency and usage, so their price is the one in force then; they bear the name of the run that
was billed, and cost this run nothing. Failed jobs are not reused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.types import Call, Completion, Endpoint
from harness.pricing.book import PriceBook
from harness.pricing.served import other_model
from harness.run.planning.plan import Plan
from harness.store.call_log import calls
from harness.store.codec import EndLine, JobHead, OutcomeLine
from harness.store.corrections import corrected, corrections
from harness.store.key_table import KeyTable
from harness.store.run_dir import RunDir

_REUSED = 255
"""The number, in a table of one byte a key, of a job that has its answer; endpoints are numbered from 1."""


def open_runs(folders: Sequence[Path]) -> list[RunDir]:
    """The runs to take answers from. Raises UsageError for a folder that holds none, imported or replayed ones."""
    runs = [RunDir.open(folder) for folder in folders]
    for run in runs:
        if run.manifest().imported is not None:
            raise UsageError(f"{run.path} is IMPORTED: imported answers never replace answers of our own")
        if run.manifest().replayed is not None:
            raise UsageError(f"{run.path} is REPLAYED: name the run that was recorded instead")
    return runs


def reused_lines(
    plan: Plan, runs: Sequence[RunDir], *, only_requested: PriceBook | None = None
) -> Iterator[OutcomeLine | EndLine]:
    """The lines of every planned job that a run has an answer for; the first run that has one gives it.

    `only_requested`: answers of other models than those asked for are left out, by the names in this book
    (`--strict-model`, under which such an answer is a failure).
    Usage that was read again in the earlier run (usage.jsonl) comes as it was last read. Raises UsageError for a plan
    with more endpoints than a key table can number, LocalError for a damaged run.
    """
    if not runs:
        return
    wanted = KeyTable()
    if len(plan.endpoints) >= _REUSED:
        raise UsageError(f"--reuse works with fewer than {_REUSED} models at once, got {len(plan.endpoints)}")
    for number, endpoint in enumerate(plan.endpoints, 1):
        for job in plan.jobs(endpoint):
            wanted.put(job.key, number)
    graders = {planned.name: planned.grader for planned in plan.tasks}
    for run in runs:
        known = corrections(run)
        for call in calls(run):
            number = wanted.get(call.key)
            if call.accepted is None or number in (0, _REUSED):
                continue
            endpoint = plan.endpoints[number - 1]
            if only_requested is not None and _is_of_another(call, endpoint, only_requested):
                continue
            wanted.put(call.key, _REUSED)
            head = _head(call, label=endpoint.label, grader=graders[call.task])
            yield from _lines(corrected(call, known), head, run.name)


def _is_of_another(call: Call, endpoint: Endpoint, book: PriceBook) -> bool:
    """Whether any answer of a job came from another model than the one asked for."""
    answers = (one for one in call.attempts if isinstance(one, Completion))
    return any(other_model(one, endpoint, book) is not None for one in answers)


def _head(call: Call, *, label: str, grader: str) -> JobHead:
    return JobHead(
        key=call.key,
        label=label,
        name=call.name,
        task=call.task,
        task_version=call.task_version,
        grader=grader,
        sample_id=call.sample_id,
        repeat=call.repeat,
        params=call.params,
        simulated=call.simulated,
    )


def _lines(call: Call, head: JobHead, run_name: str) -> Iterator[OutcomeLine | EndLine]:
    last = len(call.attempts) - 1
    replies = iter((None, *call.replies))
    for number, attempt in enumerate(call.attempts):
        yield OutcomeLine(
            head=head,
            number=number,
            is_final=number == last and call.end is None,
            attempt=attempt,
            reused_from=call.reused_from or run_name,
            reply=next(replies) if isinstance(attempt, Completion) else None,
        )
    if call.end is not None:
        yield EndLine(head=head, number=len(call.attempts), end=call.end)
