"""What a worker does before its first block: checks of its node, and the greeting.

Covers what a host gives it too: where it runs, and its way to the coordinator.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from os import getpid
from typing import Protocol

from harness.core.clock import SYSTEM_CLOCK
from harness.core.conversations import AGENT
from harness.core.errors import HarnessError, LocalError, UsageError
from harness.grading.base import GraderOptions
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome, WorkerSpec
from harness.run.execution.grade_pool import GradePool
from harness.run.planning.agent_tasks import agent_version
from harness.run.planning.checks import check_graders
from harness.store.codec import Manifest, WorkerStamp

CLOCK_READINGS = 5


class LinkLost(Exception):
    """The coordinator cannot be reached any more."""


class CoordinatorLink(Protocol):
    """A worker's way to its coordinator. Each call raises LinkLost once there is none."""

    async def greet(self, hello: Hello) -> Welcome:
        """Introduce the worker."""
        ...

    async def exchange(self, report: Report) -> Instructions:
        """Report, and get instructions."""
        ...

    async def wait_for_change(self) -> bool:
        """As Coordinator.wait_for_change, for this worker once it has introduced itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlace:
    """Where a worker runs. `host`: its machine; `node`: its name in records. `is_probed`: the session has tried the
    graders on this node already.

    `has_own_disk`: its segment and its copy of the plan are not in the run's folder (node_disk).
    """

    host: str = field(default_factory=platform.node)
    node: str = field(default_factory=platform.node)
    is_probed: bool = False
    has_own_disk: bool = False
    make_pool: Callable[[int, GraderOptions, tuple[str, ...]], GradePool] = lambda workers, options, graders: GradePool(
        workers=workers, options=options, graders=graders
    )


def check_simulated(spec: WorkerSpec, place: WorkerPlace) -> None:
    """Raises LocalError on another machine than the session's where models are simulated: it cannot reach them."""
    simulated = [one.label for one in spec.endpoints if one.starts_with_run]
    if simulated and place.host != spec.host:
        raise LocalError(
            f"{', '.join(simulated)}: simulated models answer on {spec.host} alone, where the session runs, and node "
            f"{place.node} is another machine: take nodes of one machine, or a model with a base_url that all reach"
        )


def check_conversations(manifest: Manifest, ungraded: Mapping[str, str], place: WorkerPlace) -> None:
    """Raises LocalError where a run's conversations cannot be held on this node, which grades and runs the agent."""
    rules = manifest.conversation
    if rules is None:
        return
    reasons = list(ungraded.values())
    if rules.agent is not None and not place.is_probed:
        try:
            installed = f"{AGENT} {agent_version()}"
        except UsageError as error:
            installed = str(error)
        if installed != rules.agent:
            reasons.append(f"the run has {rules.agent}, the node: {installed}")
    if reasons:
        raise LocalError(f"node {place.node} takes no conversations: {'; '.join(reasons)}")


def ungraded_here(manifest: Manifest, options: GraderOptions) -> dict[str, str]:
    """The graders that do not run on this node, and why: model-written code needs a sandbox."""
    found = {}
    for name in dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader):
        try:
            check_graders([name], options)
        except HarnessError as error:
            found[name] = str(error)
    return found


async def introduce(
    spec: WorkerSpec, place: WorkerPlace, ungraded: Mapping[str, str], link: CoordinatorLink
) -> WorkerStamp:
    """Greet the coordinator, and read its clock where the answer came fastest (RFC 5905, section 10).

    Raises LocalError where the session is of another version: its keys and dialects may be others.
    """
    node, own_segment = place.node, spec.segment.name if place.has_own_disk else ""
    software = version("price-performance-harness")
    if software != spec.version:
        raise LocalError(
            f"node {node} has harness {software}, the session {spec.version}: install the same on all nodes"
        )
    readings: list[tuple[float, float]] = []
    for _ in range(CLOCK_READINGS):
        began, sent_at = SYSTEM_CLOCK.monotonic(), SYSTEM_CLOCK.now()
        welcome = await link.greet(
            Hello(
                worker=spec.number,
                node=node,
                version=software,
                pid=getpid(),
                now=sent_at,
                own_segment=own_segment,
                ungraded=ungraded,
            )
        )
        took_s = SYSTEM_CLOCK.monotonic() - began
        readings.append((took_s, (sent_at - welcome.now).total_seconds() + took_s / 2))
    return WorkerStamp(node=node, version=software, clock_offset_s=round(min(readings)[1], 6))
