"""The engine ray on a real cluster of this machine, and what it says where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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
def test_an_address_where_nothing_listens_is_named(tmp_path: Path) -> None:
    said = run(tmp_path, "core-math", *MODELS, "--engine", "ray", "--ray-address", "127.0.0.1:9")
    assert said.returncode != 0
    assert "no Ray cluster answers at 127.0.0.1:9" in said.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_without_ray_the_extra_is_named(tmp_path: Path) -> None:
    code = f"import sys; sys.modules['ray'] = None; from harness.cli.main import main; sys.exit(main({_ARGUMENTS}))"
    run(tmp_path, "--help")
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert found.returncode == 2
    assert "pip install '.[ray]'" in found.stderr


_ARGUMENTS = [*command(*("core-math", *MODELS, "--engine", "ray"))[3:]]
