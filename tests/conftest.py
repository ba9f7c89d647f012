"""Fixtures and settings of the whole suite: the development data beside the checkout, hypothesis, limits of time."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import tests.cases  # noqa: F401 - notes the day before workers start

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SLOW_LIMIT_S = 3600

# The same examples in every run, so that a run can be repeated; `pytest --hypothesis-profile explore` draws new ones.
# Neither profile looks at the clock: a deadline or `too_slow` would fail on a busy machine.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Half of the usual hundred: more of the same examples find nothing that the run before did not.
settings.register_profile("suite", settings.get_profile("explore"), derandomize=True, database=None, max_examples=50)
settings.load_profile("suite")

# One certificate that signs nothing: to read all those of the system takes 15 ms for each of a thousand clients and
# processes. A test of TLS names its own.
os.environ["SSL_CERT_FILE"] = str(ROOT / "tests" / "fixtures" / "no_authority.pem")
for name in ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
    os.environ.pop(name, None)

gc.disable()  # while tests are collected: it would take a fifth of that time and find nothing


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No price overlay of this machine's user, for bills rest on the shipped prices."""
    os.environ["HARNESS_PRICES_DIR"] = str(tmp_path_factory.getbasetemp() / "no-overlay")


@pytest.fixture
def shared() -> Path:
    """The folder with development data; a test that asks for it carries the mark `shared(path)`."""
    return SHARED


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.hookimpl(trylast=True)  # once -m has left out what does not run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests their own limit of time; skip, loudly, what needs the development data where there is none.

    Where the folder exists nothing is skipped: a test whose part of it is missing runs and fails.
    """
    for item in items:
        if item.get_closest_marker("slow") is not None:
            item.add_marker(pytest.mark.timeout(SLOW_LIMIT_S))
        mark = item.get_closest_marker("shared")
        if mark is not None and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"NEEDS SHARED DATA: ../shared/{mark.args[0]} is missing"))
    _longest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection_finish() -> None:
    """Take the modules and the thousands of collected tests out of garbage collection, which would visit them anew."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def _longest_first(items: list[pytest.Item], workers: int) -> None:
    """Let each worker start with its share of the longest of what is left after -m.

    A worker begins with its part of the list, and one that is done takes over the end of another's; a test of minutes
    at the very end would leave the others idle.
    """
    long = sorted((item for item in items if _seconds(item)), key=_seconds, reverse=True)
    rest = [item for item in items if not _seconds(item)]
    dealt: list[pytest.Item] = []
    for place in range(workers):
        own = long[place::workers]
        part = (len(items) - len(dealt)) // (workers - place)  # as pytest-xdist cuts the list
        others = max(0, part - len(own))
        dealt += [*own, *rest[:others]]
        rest = rest[others:]
    items[:] = [*dealt, *rest]


def _seconds(item: pytest.Item) -> int:
    mark = item.get_closest_marker("slow")
    return int(mark.args[0]) if mark is not None and mark.args else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test of the development data that skips itself where the data is there, unless it NEEDS something else."""
    report = yield
    if report.skipped and SHARED.is_dir() and item.get_closest_marker("shared") is not None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith("NEEDS "):
            report.outcome = "failed"
            report.longrepr = f"skipped although ../shared is here: {reason}"
    return report
