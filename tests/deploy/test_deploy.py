"""The manifest and the image of deploy/ fit KubeRay's schema, this project's locks and its command line."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from harness.cli.run import configure
from tests.deploy.ray_schema import PersistentVolumeClaim, RayJob, checked


def documents(root: Path) -> list[Any]:
    return list(yaml.safe_load_all((root / "deploy" / "rayjob.yaml").read_text()))


def ray_job(root: Path) -> RayJob:
    (job,) = (one for one in map(checked, documents(root)) if isinstance(one, RayJob))
    return job


def test_the_manifest_fits_the_schema(root: Path) -> None:
    claim, job = map(checked, documents(root))
    assert isinstance(claim, PersistentVolumeClaim)
    assert isinstance(job, RayJob)
    cluster = job.spec.rayClusterSpec
    pods = [cluster.headGroupSpec.template.spec, *(group.template.spec for group in cluster.workerGroupSpecs)]
    # Every node sees the run folder at the same path, which harness run --engine ray needs.
    assert claim.spec.accessModes == ["ReadWriteMany"]
    assert all(volume.persistentVolumeClaim.claimName == claim.metadata.name for pod in pods for volume in pod.volumes)
    assert {mount.mountPath for pod in pods for one in pod.containers for mount in one.volumeMounts} == {"/work"}
    assert len({one.image for pod in pods for one in pod.containers}) == 1
    assert not any(one.envFrom for pod in pods[1:] for one in pod.containers)  # keys are read by the head alone


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "entrypoints"), "harness"),
        (("spec", "submissionMode"), "HttpMode"),
        (("spec", "rayClusterSpec", "headGroupSpec", "rayStartParams"), {"num-cpus": 1}),
        (("spec", "rayClusterSpec", "workerGroupSpecs", 0, "replicas"), 5),
        (("spec", "rayClusterSpec", "workerGroupSpecs", 0, "template", "spec", "volumes"), []),
        (("spec", "rayClusterSpec", "headGroupSpec", "template", "spec", "containers", 0, "image"), None),
    ],
)
def test_a_mistake_in_the_manifest_is_refused(root: Path, path: tuple[str | int, ...], value: object) -> None:
    (_, document) = documents(root)
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(ValidationError):
        checked(document)


def test_ray_is_the_version_of_the_lock(root: Path) -> None:
    pinned = re.search(r"^ray==([0-9.]+)", (root / "requirements" / "cluster.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert ray_job(root).spec.rayClusterSpec.rayVersion == pinned[1]
    image = (root / "deploy" / "Containerfile").read_text()
    assert "--require-hashes -r /src/requirements/cluster.txt" in image
    assert "\nUSER harness\n" in image


def test_the_commands_of_the_entrypoint_are_accepted(root: Path) -> None:
    shell, option, script = shlex.split(ray_job(root).spec.entrypoint)
    assert (shell, option) == ("sh", "-c")
    commands = [part.strip() for part in re.findall(r"harness (run [^;]+);", script)]
    assert len(commands) == 2
    parser = argparse.ArgumentParser()
    configure(parser)
    for command in commands:
        name, *words = command.split()
        assert name == "run"
        assert parser.parse_args(words).engine == "ray"
