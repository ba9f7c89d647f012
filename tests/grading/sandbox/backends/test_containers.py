"""Containers: wrong input needs no engine; the backend itself is tried where HARNESS_TEST_CONTAINER names one.

HARNESS_TEST_CONTAINER=podman:localhost/python:3.12 pytest tests/grading/sandbox/backends/test_containers.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE, SandboxUnavailable, UsageError
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.grading.sandbox.backends.backend import container_backend
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import choose_backend
from harness.grading.sandbox.sandbox import Sandbox
from harness.store.codec import GradeLine, decode
from harness.store.run_dir import RunDir
from tests.grading.sandbox.calling import call_f
from tests.waiting import wait_until

ASKED = os.environ.get("HARNESS_TEST_CONTAINER")
needs_engine = pytest.mark.skipif(ASKED is None, reason="NEEDS HARNESS_TEST_CONTAINER=docker:IMAGE or podman:IMAGE")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="containers are for Linux")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("lxc:debian", "engine 'lxc' is not known; accepted: docker:IMAGE or podman:IMAGE"),
        ("debian", "engine 'debian' is not known"),
        ("", "engine '' is not known"),
        ("podman", "names no image"),
        ("podman:", "names no image"),
        ("docker:--privileged", "names no image"),  # an image is never an option of the engine
        ("docker:a b", "names no image"),
    ],
)
def test_what_is_no_engine_and_image_is_refused(asked: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=said):
        choose_backend(asked)
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "check", f"--sandbox={asked}"])
    assert ended.value.code == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_a_container_and_no_sandbox_at_all_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["run", "core-code", "-m", "@sim"], ["grade", "code", "--samples", "-", "--data-dir", "."]):
        with pytest.raises(SystemExit):
            main([*words, "--unsafe-no-sandbox", "--sandbox", "podman:python"])
        assert "not allowed with argument" in capsys.readouterr().err


def _with_path(folder: Path, asked: str, root: Path) -> subprocess.CompletedProcess[str]:
    """`harness sandbox check` where only the programs of that folder are found."""
    return subprocess.run(
        [sys.executable, "-m", "harness", "sandbox", "check", "--sandbox", asked],
        env={**os.environ, "PATH": str(folder)},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_linux
def test_a_missing_engine_is_named_and_no_other_backend_is_taken(tmp_path: Path, root: Path) -> None:
    done = _with_path(tmp_path, "docker:python:3.12", root)
    assert done.returncode == EXIT_USAGE
    assert "docker is not installed" in done.stderr
    assert "docker:IMAGE or podman:IMAGE" in done.stderr
    assert done.stdout == ""


@needs_linux
def test_an_engine_that_does_not_start_is_quoted_and_its_container_removed(tmp_path: Path, root: Path) -> None:
    engine = tmp_path / "podman"
    engine.write_text(
        f"#!/bin/sh\necho \"$*\" >> {tmp_path}/asked\n[ $1 = run ] && echo 'Error: python:9 not known' >&2\nexit 125\n"
    )
    engine.chmod(0o755)
    done = _with_path(tmp_path, "podman:python:9", root)
    assert done.returncode == EXIT_USAGE
    assert "does not work on this machine: podman+inner: did not start (exit code 125): Error: python:9" in done.stderr
    run, *_, kill, remove = (tmp_path / "asked").read_text().splitlines()
    name = run.partition("--name ")[2].partition(" ")[0]
    assert name.startswith("harness-")
    assert (kill, remove) == (f"kill {name}", f"rm --force {name}")
    wanted = (
        "--network none|--ipc none|--read-only |--cap-drop ALL|no-new-privileges|--pids-limit|--memory|--pull never"
    )
    assert [words for words in wanted.split("|") if words not in run] == []


# with an engine


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A warm interpreter in a container of the image named."""
    assert ASKED is not None
    made = Sandbox(container_backend(ASKED))
    yield made
    made.close()


def _containers() -> list[str]:
    """The names of our containers, ended ones included."""
    engine = (ASKED or "").partition(":")[0]
    done = subprocess.run([engine, "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if name.startswith(f"harness-{os.getpid()}-")]


@needs_engine
def test_the_probes_find_nothing_open_in_the_container(capsys: pytest.CaptureFixture[str]) -> None:
    assert ASKED is not None
    choice = choose_backend(ASKED)
    assert choice.escapes == []
    assert choice.backend.name == f"{ASKED.partition(':')[0]}+inner"
    assert main(["sandbox", "check", "--sandbox", ASKED]) == EXIT_OK
    assert "this one was asked for" in capsys.readouterr().out
    assert main(["sandbox", "check", "--json", "--sandbox", ASKED]) == EXIT_OK
    assert json.loads(capsys.readouterr().out)["image"] == ASKED.partition(":")[2]


@needs_engine
@pytest.mark.parametrize(
    ("source", "by"),
    [
        ("def f():\n while True: pass", "cpu"),
        ("import time\ndef f(): time.sleep(60)", "wall"),
        ("import os\ndef f(): os._exit(3)", "exit"),
        ("import ctypes\ndef f(): ctypes.string_at(0)", "signal SIGSEGV"),
        ("def f():\n for n in range(10**9): open(f'{n}', 'w').close()", "files"),
        ("def f(): return 'x' * (5 << 20)", "output"),
        ("def f(): return 7", None),
    ],
)
def test_what_ended_a_sample_is_told_from_within_a_container(sandbox: Sandbox, source: str, by: str | None) -> None:
    patient = ResourceLimits(cpu_s=60.0, wall_s=240.0, entries=200)
    short = {"cpu": ResourceLimits(cpu_s=0.25, wall_s=240.0), "wall": ResourceLimits(wall_s=0.2)}
    limits = short.get(by or "", patient)
    answer, report = call_f(sandbox, source, limits)
    assert report.by == by
    assert (answer == 7) is (by is None)


@needs_engine
def test_a_sample_in_a_container_sees_nothing_of_ours(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.invalid")
    looks = (
        "import os\n"
        "def f():\n"
        "    writable = []\n"
        "    for place in ('/', '/dev', '/dev/shm', '/run', '/var/tmp', '/harness-control', '/harness-code', '/etc'):\n"
        "        try:\n"
        "            open(f'{place}/left', 'w').close()\n"
        "            writable.append(place)\n"
        "        except OSError:\n"
        "            pass\n"
        "    return [writable, sorted(os.environ), os.getuid() != 0, os.listdir('.')]\n"
    )
    answer, _ = call_f(sandbox, looks, ResourceLimits())
    assert isinstance(answer, list)
    names = "HOME LANG MPLBACKEND OMP_NUM_THREADS OPENBLAS_NUM_THREADS PATH PYTHONHASHSEED PYTHONUTF8 TMPDIR"
    assert " ".join(answer.pop(1)) == names
    assert answer == [[], True, []]


@needs_engine
def test_stopping_leaves_no_container(sandbox: Sandbox) -> None:
    sandbox.start()
    assert len(_containers()) == 1
    sandbox.stop()
    assert _containers() == []
    sandbox.start()
    started = sandbox._started
    assert started is not None
    started.process.kill()  # the engine's client alone; the container lives on until it is told
    sandbox.stop()
    assert _containers() == []


@needs_engine
@pytest.mark.parametrize("is_busy", [True, False], ids=["with a sample that spins", "idle"])
def test_a_killed_runner_leaves_no_container(is_busy: bool, root: Path) -> None:
    busy = (
        "    run.ask('L', {'source': 'def f():\\n while True: pass'})\n"
        "    run.send('D', {'do': 'call', 'name': 'f', 'args': [], 'kwargs': {}})\n"
    )
    script = (
        "import sys\n"
        "from harness.grading.sandbox.limits import ResourceLimits\n"
        "from harness.grading.sandbox.sandbox import Sandbox\n"
        "from harness.grading.sandbox.backends.backend import container_backend\n"
        "sandbox = Sandbox(container_backend(sys.argv[1]))\n"
        "with sandbox.run(ResourceLimits(cpu_s=3600)) as run:\n"
        f"{busy if is_busy else ''}"
        "    print(sandbox._started.container, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(ASKED)], stdin=pipe, stdout=pipe, cwd=root) as client:
        assert client.stdout is not None
        name = client.stdout.readline().decode().strip()
        client.kill()
    engine = (ASKED or "").partition(":")[0]

    def is_there() -> bool:
        listed = subprocess.run([engine, "ps", "-a"], capture_output=True, text=True, check=True)
        return name in listed.stdout

    assert name.startswith("harness-")
    wait_until(lambda: not is_there(), "the end of the container")


@needs_engine
def test_programs_are_graded_in_the_container_by_every_kind_of_test() -> None:
    targets = {
        "calls": '{"kind": "calls", "entry_point": "f", "cases": [{"args": [2], "expected": 4}]}',
        "asserts": '{"kind": "asserts", "entry_point": "f", "tests": "assert f(3) == 6", "setup": ""}',
        "stdin": '{"kind": "stdin", "cases": [{"stdin": "5", "stdout": "10"}]}',
    }
    main_program = "print(2 * int(input()))"
    grader = make_grader("code", GraderOptions(sandbox=ASKED))
    try:
        for kind, target in targets.items():
            for factor, verdict in ((2, Verdict.CORRECT), (3, Verdict.WRONG)):
                program = main_program if kind == "stdin" else "def f(x):\n    return 2 * x"
                text = f"```python\n{program.replace('2 *', f'{factor} *')}\n```"
                sample = Sample(id=kind, prompt="Double it.", target=target)
                grade = grader.grade(sample, text, is_truncated=False)
                assert (grade.verdict, grade.sandbox_backend) == (verdict, grader.sandbox_backend), grade.why
    finally:
        grader.close()
    assert _containers() == []


@needs_engine
def test_a_run_keeps_to_its_container_when_it_is_graded_again(tmp_path: Path) -> None:
    words = [
        "run",
        "core-code",
        "-m",
        "sim/expensive-terse",
        "--limit",
        "2",
        "--results",
        str(tmp_path),
        "--name",
        "one",
    ]
    assert main([*words, "--sandbox", str(ASKED)]) == EXIT_OK
    run = RunDir.open(tmp_path / "one")
    assert run.manifest().sandbox == ASKED
    assert main(["regrade", str(tmp_path / "one")]) == EXIT_OK
    lines = [decode(GradeLine, line) for line in run.grades_path.read_bytes().splitlines()]
    assert [line.grade.sandbox_backend for line in lines] == [
        run.manifest().sandbox_backend
    ] * 4  # two answers, each graded twice


# without an engine


@pytest.mark.slow
@needs_linux
def test_a_run_whose_container_is_not_here_is_neither_resumed_nor_graded_in_another_sandbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "run",
        "core-code",
        "-m",
        "sim/expensive-terse",
        "--limit",
        "1",
        "--results",
        str(tmp_path),
        "--name",
        "one",
    ]
    assert main(words) == EXIT_OK
    run = RunDir.open(tmp_path / "one")
    assert run.manifest().sandbox is None
    gone = "podman:localhost/harness-there-is-no-such-image:0"
    run.rewrite_manifest(replace(run.manifest(), sandbox=gone))
    capsys.readouterr()
    for again in (["regrade", str(tmp_path / "one")], ["run", "--resume", str(tmp_path / "one")]):
        assert main(again) == EXIT_USAGE
        assert f"--sandbox {gone}" in capsys.readouterr().err
    with pytest.raises(SandboxUnavailable):
        choose_backend(gone)
