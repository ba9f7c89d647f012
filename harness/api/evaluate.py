"""`harness.evaluate`: a run from Python, on the engine, the checks and the files of `harness run`."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import ParamSpec, TypeAlias

from harness.api.load import Run, load
from harness.api.simulator import simulator_for
from harness.config.environment import collect_keys, load_environ
from harness.config.load import Config, load_config
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import DataError, LocalError, UsageError
from harness.core.plurals import counted
from harness.core.types import CacheMode, Endpoint, SamplingParams, Task
from harness.pricing.book import load_book
from harness.pricing.overlay import overlay_files
from harness.providers.transport.http.paced_loop import run_paced
from harness.run.execute import execute
from harness.run.execution.outcome import RunOutcome
from harness.run.prepare import check_request, create_run
from harness.run.request import RunRequest, default_run_name, price_rows, replay_from, with_concurrency
from harness.run.session import SessionOptions, open_session
from harness.store.run_dir import RESULTS, RunDir
from harness.tasks.files import SUFFIXES
from harness.tasks.load import LoadedTask, load_file, load_task, load_task_value
from harness.tasks.prompt_change import PLACEHOLDER, PromptChange

TaskLike: TypeAlias = str | os.PathLike[str] | Task
"""A task's name, a file of one's own, or a `harness.Task`."""


Params = ParamSpec("Params")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workplace:
    """The working folder with its keys and providers; no representation shows the keys."""

    cwd: Path
    environ: dict[str, str]
    config: Config

    def __repr__(self) -> str:
        return f"_Workplace({self.cwd})"


async def evaluate_async(
    *,
    tasks: TaskLike | Sequence[TaskLike],
    models: str | Sequence[str],
    max_usd: Decimal | float | str | None = None,
    max_usd_per_model: Decimal | float | str | None = None,
    limit: int | None = None,
    repeats: int = 1,
    feedback_rounds: int | None = None,
    max_steps: int | None = None,
    max_usd_per_task: Decimal | float | str | None = None,
    cache: str | None = None,
    grader: str | None = None,
    system: str | None = None,
    prompt_template: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    seed: int = 0,
    concurrency: int | None = None,
    allow_unpriced: bool = False,
    reuse: Sequence[str | os.PathLike[str]] = (),
    data_dir: str | os.PathLike[str] | None = None,
    providers: str | os.PathLike[str] | None = None,
    results: str | os.PathLike[str] = RESULTS,
    name: str | None = None,
    record: str | os.PathLike[str] | None = None,
    replay: str | os.PathLike[str] | None = None,
    instant: bool = False,
) -> Run:
    """Send the tasks to the models, grade, and return the run when it has ended.

    The arguments are options of `harness run`; docs/python.md lists those that only the command has.
    `tasks` are names, files or `harness.Task` values; `models` are
    labels such as `openai/gpt-5@high` or groups such as `@sim`; `max_usd` is a budget in US dollars that is never
    exceeded; `max_steps` and `max_usd_per_task` limit an agent on one sample; `cache` is `warm` or `cold`; `grader` is
    for files; `prompt_template` is a text with `{prompt}` in it. Keys are read from the
    environment and `.env`. The run folder is `results/name`; `harness run --resume` continues an interrupted run.

    `evaluate` blocks, in Jupyter too; `evaluate_async` is for a caller with an event loop of its own. Cancelling it
    stops the run and keeps what arrived. Other work in its loop makes timings late, and late ones are discarded.

    `record` and `replay` name a folder of recorded exchanges: made from this run, or answering instead of the models,
    at the recorded times or, with `instant`, at once (docs/recordings.md).

    Raises HarnessError for a mistake, before anything is sent, for a disk that refuses the answers, and for a request
    that the replayed recording does not hold. A run that ends incomplete is returned, with a RuntimeWarning.
    """
    mode = _cache_mode(cache, {"feedback_rounds": feedback_rounds}, {"reuse": reuse, "replay": replay})
    place = _workplace(providers)
    change = _prompt_change(prompt_template, system)
    endpoints = _endpoints(place, models, _positive("concurrency", concurrency))
    book = load_book(written=place.config.prices(endpoints), overlay=overlay_files(place.environ))
    request = RunRequest(
        endpoints=endpoints,
        tasks=_tasks(tasks, place, grader=grader, change=change, data_dir=data_dir),
        prices=price_rows(book, endpoints),
        limit=_positive("limit", limit),
        repeats=_positive("repeats", repeats) or 1,
        feedback_rounds=_positive("feedback_rounds", feedback_rounds) or 0,
        max_turns=_positive("max_steps", max_steps),
        max_usd_per_job=_dollars("max_usd_per_task", max_usd_per_task),
        cache=mode,
        params=SamplingParams(temperature=temperature, max_tokens=_positive("max_tokens", max_tokens)),
        seed=seed,
        max_usd=_dollars("max_usd", max_usd),
        max_usd_per_model=_dollars("max_usd_per_model", max_usd_per_model),
        allow_unpriced=allow_unpriced,
        unsafe_no_sandbox=False,
        command=("harness.evaluate",),
        reuse=tuple(Path(run) for run in reuse),
        prompt_change=change,
        replay=None if replay is None else replay_from(Path(replay), is_instant=instant),
    )
    options = SessionOptions(record=None if record is None else Path(record))
    return await _execute(request, options, place, results=Path(results), name=name)


def _endpoints(place: _Workplace, models: str | Sequence[str], concurrency: int | None) -> tuple[Endpoint, ...]:
    labels = [models] if isinstance(models, str) else list(models)
    endpoints = place.config.endpoints(labels, today=datetime.now(UTC).date())
    if not endpoints:
        raise UsageError("models: name at least one, such as 'openai/gpt-5' or '@sim'")
    return tuple(with_concurrency(endpoint, concurrency) for endpoint in endpoints)


async def _execute(
    request: RunRequest, options: SessionOptions, place: _Workplace, *, results: Path, name: str | None
) -> Run:
    """Check the request, make its run folder, and do the work."""
    keys = {} if request.replay is not None else collect_keys(request.endpoints, place.environ)
    now = datetime.now(UTC)
    folder = create_run(check_request(request, now), results / (name or default_run_name(request.tasks, now)))
    with folder.locked(), _script_out_of_workers():
        simulator = simulator_for(place.config)
        session = open_session(folder, keys=keys, simulator=simulator, clock=SYSTEM_CLOCK, options=options)
        outcome = await execute(session)
    return _ended(folder, outcome)


def _blocking(function: Callable[Params, Coroutine[None, None, Run]]) -> Callable[Params, Run]:
    """The function without `async`: it runs an event loop, in a thread of its own where this one already runs one."""

    @functools.wraps(function)
    def blocking(*args: Params.args, **kwargs: Params.kwargs) -> Run:
        def work() -> Run:
            return run_paced(function(*args, **kwargs))

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return work()
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(work).result()

    blocking.__name__ = blocking.__qualname__ = "evaluate"
    return blocking


evaluate = _blocking(evaluate_async)


def _ended(folder: RunDir, outcome: RunOutcome) -> Run:
    run = load(folder.path)
    if outcome.trouble is not None:
        raise LocalError(f"{outcome.trouble}; what arrived before is in {folder.path}")
    if outcome.unmatched:
        count = counted(outcome.unmatched.total(), "request")
        raise DataError(f"the recording does not hold {count}; the first: {next(iter(outcome.unmatched))}")
    if not run.is_complete:
        reasons = [f"{label} stopped: {stopped.why}" for label, stopped in outcome.stopped.items()]
        reasons += [
            f"{label}: {counted(left.count, 'job')} left open ({kind.value}): {left.message}"
            for label, causes in outcome.left_open.items()
            for kind, left in causes.items()
            if label not in outcome.stopped
        ]
        reasons += [
            f"{label}: budget exhausted, {counted(jobs, 'job')} not sent"
            for label, jobs in outcome.unfunded_jobs.items()
        ]
        why = "; ".join(reasons) or "some jobs have not ended"
        warnings.warn(
            f"the run is not complete ({why}); resume with: harness run --resume {folder.path}",
            RuntimeWarning,
            stacklevel=3,
        )
    return run


def _workplace(providers: str | os.PathLike[str] | None) -> _Workplace:
    cwd = Path.cwd()
    environ = load_environ(cwd, os.environ)
    file = None if providers is None else Path(providers)
    return _Workplace(cwd=cwd, environ=environ, config=load_config(providers_file=file, cwd=cwd, environ=environ))


def _tasks(
    tasks: TaskLike | Sequence[TaskLike],
    place: _Workplace,
    *,
    grader: str | None,
    change: PromptChange,
    data_dir: str | os.PathLike[str] | None,
) -> tuple[LoadedTask, ...]:
    named = [tasks] if isinstance(tasks, str | os.PathLike | Task) else list(tasks)
    if not named:
        raise UsageError("tasks: name at least one, such as 'core-math'")
    folder = data_dir or place.environ.get("HARNESS_DATA_DIR")
    data = Path(folder) if folder else None
    return tuple(_task(one, place, grader=grader, change=change, data_dir=data) for one in named)


def _task(
    task: TaskLike, place: _Workplace, *, grader: str | None, change: PromptChange, data_dir: Path | None
) -> LoadedTask:
    if isinstance(task, Task):
        return load_task_value(task, folder=place.cwd, data_dir=data_dir, prompt_change=change)
    name = os.fspath(task)
    if not name.endswith(SUFFIXES):
        return load_task(name, cwd=place.cwd, data_dir=data_dir, prompt_change=change)
    if grader is None:
        raise UsageError(f"{name} is a file of your own: say how its answers are graded, such as grader='math'")
    return load_file(Path(name), grader=grader, prompt_change=change)


def _prompt_change(template: str | None, system: str | None) -> PromptChange:
    if template is not None and PLACEHOLDER not in template:
        raise UsageError(f"prompt_template has no {PLACEHOLDER}; accepted: a text with {PLACEHOLDER} in it")
    return PromptChange(template=template, system=system)


def _cache_mode(name: str | None, never: Mapping[str, object], not_cold: Mapping[str, object]) -> CacheMode | None:
    """The mode of that name. Raises UsageError beside arguments that do not go with it, or with cold."""
    if name is None:
        return None
    modes = {mode.value: mode for mode in CacheMode}
    if name not in modes:
        raise UsageError(f"cache is {name!r}; accepted: {', '.join(modes)}")
    mode = modes[name]
    refused = {**never, **(not_cold if mode is CacheMode.COLD else {})}
    if given := [argument for argument, value in refused.items() if value]:
        raise UsageError(f"{', '.join(given)} cannot go with cache={name!r}")
    return mode


def _positive(name: str, number: object) -> int | None:
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise UsageError(f"{name} is {number!r}; accepted: a whole number from 1 on")
    return number


def _dollars(name: str, amount: Decimal | float | str | None) -> Decimal | None:
    """The amount exactly as it is written: 0.1 is a tenth of a dollar and not the nearest binary number."""
    if amount is None:
        return None
    try:
        exact = Decimal(str(amount))
    except ArithmeticError:
        exact = Decimal(-1)
    if not exact.is_finite() or exact <= 0:
        raise UsageError(f"{name} is {amount!r}; accepted: US dollars above 0")
    return exact


@contextlib.contextmanager
def _script_out_of_workers() -> Iterator[None]:
    """Keeps the grading processes from importing the caller's script.

    multiprocessing imports `__main__` again in every process it spawns, by its file or its spec. A script that calls
    `evaluate` at its top level would start a second run there; the workers need nothing of it.
    """
    main = sys.modules["__main__"]
    names = main.__dict__
    before: dict[str, object] = {name: names[name] for name in ("__file__", "__spec__") if name in names}
    names.pop("__file__", None)
    names["__spec__"] = None
    try:
        yield
    finally:
        del names["__spec__"]
        names.update(before)
