"""Mistakes that would spoil a run, found before any request is sent; each check raises one message naming them all."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from harness.core.errors import ConfigError, DataError, UsageError
from harness.core.plurals import counted
from harness.core.prices import CostUnknown
from harness.core.types import Endpoint
from harness.grading.base import TAKES_ALL, GraderOptions, make_grader, target_check
from harness.grading.repository.workspace import DATA_DIR_TAG, missing_parts, size_issue
from harness.pricing.attempts import BATCH
from harness.pricing.book import PriceBook
from harness.run.attempt_prices import max_attempt_cost
from harness.run.planning.plan import Plan, effective_params
from harness.tasks.load import LoadedTask
from harness.tasks.swe_bench import is_built_in_command

MAX_MISSING = 10
"""Samples or files that one message names; `...` stands for the others."""


def check_prices(book: PriceBook, endpoints: Sequence[Endpoint], now: datetime, *, has_budget: bool) -> None:
    """Raises ConfigError naming every model without a price in force."""
    lines = []
    for endpoint in (one for one in endpoints if one.gpu_cost is None):
        price = book.price_at(endpoint.provider, endpoint.model, now)
        if isinstance(price, CostUnknown):
            lines.append(f"{endpoint.label}: {price.reason}")
        elif endpoint.is_batch and BATCH not in price.service_tiers:
            lines.append(f"{endpoint.label}: {price.id} has no batch rates")
    if lines:
        own = "service_tiers: {batch: ...} of a price in providers.yaml states them"
        states = own if any(endpoint.is_batch for endpoint in endpoints) else "--price IN,OUT states one"
        allowed = "a budget needs a price for every model" if has_budget else "--allow-unpriced runs all the same"
        raise ConfigError("\n".join([*lines, f"no price, so no dollars: {states}; {allowed}; nothing was sent"]))


def check_bounds(plan: Plan, book: PriceBook, now: datetime) -> None:
    """Raises ConfigError naming every model whose requests have no known maximum cost: no budget can hold for it."""
    lines: dict[str, None] = {}
    for endpoint in plan.endpoints:
        for planned in plan.tasks:
            params = effective_params(plan.params, endpoint, planned.max_tokens)
            # The first sample is enough: whether a bound exists depends on price and limits, not on the prompt.
            for sample in planned.samples[:1]:
                worst = max_attempt_cost(book, endpoint, sample, params, now)
                if isinstance(worst, CostUnknown):
                    lines[f"{endpoint.label}: {worst.reason}"] = None
    if lines:
        raise ConfigError("\n".join([*lines, "a budget needs a maximum cost of every request; nothing was sent"]))


def check_distinct(plan: Plan) -> None:
    """Raises UsageError or DataError where two jobs would have the same key or could not be told apart."""
    names = [planned.name for planned in plan.tasks]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two tasks are named {name}; rename one of the files")
    for planned in plan.tasks:
        counts = Counter(sample.id for sample in planned.samples)
        twice = [sample_id for sample_id, count in counts.items() if count > 1]
        if twice:
            raise DataError(f"{planned.name}: {len(twice)} sample ids stand twice, the first is {twice[0]!r}")
    labels: dict[str, str] = {}
    for endpoint in plan.endpoints:
        for job in itertools.islice(plan.jobs(endpoint), 1):
            if job.key in labels:
                raise UsageError(
                    f"{labels[job.key]} and {endpoint.label} would send the same requests; name one of them"
                )
            labels[job.key] = endpoint.label


def check_graded(plan: Plan) -> None:
    """Raises UsageError where a plan's conversations depend on grades that a task does not have."""
    ungraded = [planned.name for planned in plan.tasks if not planned.grader]
    if plan.conversation is not None and ungraded:
        raise UsageError(f"--feedback-rounds needs answers that are graded; {', '.join(ungraded)} has no grader")


def check_targets(plan: Plan, tasks: Sequence[LoadedTask]) -> None:
    """Raises DataError for a sample without a pinned hash whose target its grader could not use."""
    for planned, loaded in zip(plan.tasks, tasks, strict=True):
        is_pinned = loaded.task.content_hash is not None
        check = None if is_pinned or not loaded.task.grader else target_check(loaded.task.grader)
        if check is None:
            continue
        for sample in planned.samples:
            try:
                check(sample.target)
            except DataError as error:
                raise DataError(f"{planned.name}: sample {sample.id}: {error}; nothing was sent") from error


def check_repositories(plan: Plan) -> None:
    """Raises DataError with what a data folder lacks of the repositories and environments that a plan needs, and for
    repositories that are too large."""
    missing: dict[str, None] = {}
    folder = ""
    samples = [one for planned in plan.tasks for one in planned.samples if DATA_DIR_TAG in one.tags]
    for sample in samples:
        folder = sample.tags[DATA_DIR_TAG]
        missing.update(dict.fromkeys(missing_parts(sample, needs_environment=is_built_in_command(sample))))
    if missing:
        shown = "\n  ".join([*list(missing)[:MAX_MISSING], *(["..."] if len(missing) > MAX_MISSING else [])])
        raise DataError(
            f"{folder} lacks {counted(len(missing), 'folder')}; nothing was sent:\n  {shown}\n"
            "repos/ID: git archive --format=tar.gz -o repos/ID.tar.gz BASE_COMMIT in a clone of the repository. "
            "environments/ID: python -m venv environments/ID, then install what its tests need. "
            "test_commands.json names another test command of a repository (docs/conversations.md)"
        )
    if unusable := [issue for sample in samples if (issue := size_issue(sample)) is not None]:
        shown = "\n  ".join([*unusable[:MAX_MISSING], *(["..."] if len(unusable) > MAX_MISSING else [])])
        count = counted(len(unusable), "repository", "repositories")
        raise DataError(f"{count} cannot be used; nothing was sent:\n  {shown}")


def check_graders(names: Sequence[str], options: GraderOptions) -> str | None:
    """Start each grader once that can fail to; returns the sandbox of model-written code, None where none is run.

    An empty name is a task that is not graded. Raises SandboxUnavailable before any dollar is spent.
    """
    backends = []
    for name in dict.fromkeys(filter(None, names)):
        if name in TAKES_ALL:
            continue
        grader = make_grader(name, options)
        backends.append(grader.sandbox_backend)
        grader.close()
    return next((backend for backend in backends if backend is not None), None)
