"""The pytest plugin: `harness_run` runs tasks in a test from recorded answers, `harness_mock` is a mock server.

pytest finds it by its entry point wherever the harness is installed, so nothing is imported here that takes time.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness import Run
    from harness.core.types import Sample
    from harness.mock.scenario import SimulatedModel
    from harness.mock.testing import RunningMock

RECORDINGS = "recordings"
"""The folder beside a test file that holds the recordings of its tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--harness-record`."""
    parser.getgroup("harness").addoption(
        "--harness-record",
        action="store_true",
        help="harness_run asks the models themselves, for money, and records their answers for later runs",
    )


def recording_of(node: pytest.Item) -> Path:
    """The folder of a test's recording: recordings/FILE/TEST beside its file."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", node.name).strip("-.")
    return node.path.parent / RECORDINGS / node.path.stem / name


@pytest.fixture
def harness_run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Run]:
    """`harness.evaluate` for a test: answers come from the test's recording, at once and for nothing.

    With --harness-record, or `record=True`, the models are asked and the answers recorded instead. Arguments are those
    of `harness.evaluate`; the run folder lies in tmp_path. A test whose requests changed fails with what differs.
    """
    node = request.node

    def run(*, tasks: Any, models: Any, record: bool | None = None, **options: Any) -> Run:
        import harness

        is_recording = request.config.getoption("--harness-record") if record is None else record
        folder = recording_of(node)
        if not is_recording and not folder.is_dir():
            pytest.fail(f"no recording {folder}: make it with --harness-record, which asks the models", pytrace=False)
        source: dict[str, Any] = {"record": folder} if is_recording else {"replay": folder, "instant": True}
        return harness.evaluate(tasks=tasks, models=models, **{"results": tmp_path / "results", **source, **options})

    return run


@pytest.fixture
def harness_mock() -> Iterator[Callable[..., RunningMock]]:
    """Starts mock servers that run until the test ends: `harness_mock([simulated("m")], samples)` (harness.testing)."""
    with ExitStack() as stack:
        yield lambda models=(), samples=(), **options: stack.enter_context(_running(models, samples, options))


@contextmanager
def _running(
    models: Sequence[SimulatedModel], samples: Sequence[Sample], options: dict[str, Any]
) -> Iterator[RunningMock]:
    """A mock in an event loop of its own, in a thread, so that tests that block can use it."""
    from harness.mock.testing import running_mock

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="harness mock", daemon=True)
    thread.start()
    mock = running_mock(models, samples, **options)
    try:
        yield asyncio.run_coroutine_threadsafe(mock.__aenter__(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(mock.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
