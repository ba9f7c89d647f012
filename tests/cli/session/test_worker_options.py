"""Options of a run by several workers that cannot go together."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.session.worker_options import add_worker_options, worker_host
from harness.core.errors import LocalError, UsageError
from harness.core.types import CacheMode, EndpointLimits
from harness.store.codec import Manifest, ReplayedFrom
from tests.run.paid_folder import AT, PaidFolder, endpoint, price, written


def manifest(folder: Path, max_concurrency: int = 4) -> Manifest:
    one = replace(endpoint("p/a"), limits=EndpointLimits(max_concurrency=max_concurrency))
    return written(folder / "r", PaidFolder(endpoints=[one], prices=[price("p/a", prompt="0")])).manifest()


def arguments(*words: str, record: Path | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_worker_options(parser)
    parser.set_defaults(record=record, upload_every=60.0)
    return parser.parse_args(words)


def test_without_the_options_this_process_does_all(tmp_path: Path) -> None:
    assert worker_host(arguments(), manifest(tmp_path)) is None


def test_workers_are_local_processes(tmp_path: Path) -> None:
    host = worker_host(arguments("--workers", "3"), manifest(tmp_path))
    assert host is not None
    assert host.workers == 3


def test_more_workers_than_requests_in_flight_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"p/a allows 2 requests in flight"):
        worker_host(arguments("--workers", "3"), manifest(tmp_path, max_concurrency=2))


def test_recordings_go_with_one_process(tmp_path: Path) -> None:
    own = manifest(tmp_path)
    with pytest.raises(UsageError, match="--record works in one process only; leave out --workers"):
        worker_host(arguments("--workers", "2", record=tmp_path), own)
    replayed = replace(own, replayed=ReplayedFrom(folder="f", recorded_at=AT, is_instant=False))
    with pytest.raises(UsageError, match="--replay works in one process only; leave out --engine ray"):
        worker_host(arguments("--engine", "ray"), replayed)


def test_warm_caches_go_with_one_process(tmp_path: Path) -> None:
    """Two workers would both send the first request of a beginning, and both would find no cache."""
    warm = replace(manifest(tmp_path), cache=CacheMode.WARM)
    with pytest.raises(UsageError, match=r"--cache warm .* leave out --workers"):
        worker_host(arguments("--workers", "2"), warm)


def test_an_address_goes_with_ray(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--ray-address needs --engine ray"):
        worker_host(arguments("--workers", "2", "--ray-address", "auto"), manifest(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "error", "said"),
    [("here", UsageError, "not 'here'"), ("ray://127.0.0.1:9", LocalError, "no Ray cluster answers")],
)
def test_an_unknown_address_is_named(tmp_path: Path, address: str, error: type[Exception], said: str) -> None:
    pytest.importorskip("ray")
    with pytest.raises(error, match=said):
        worker_host(arguments("--engine", "ray", "--ray-address", address), manifest(tmp_path))
