"""Every hostile program of the corpus is contained and every ordinary one passes: as root and as an ordinary user, with
and without user namespaces; and in a container where HARNESS_TEST_CONTAINER names one.

Each way of locking a program in sees every program: as this user with namespaces, as an ordinary one without. For the
two other pairs of user and lock a third of the programs runs each day.

Needs root, `setpriv`, and a second interpreter that an ordinary user can start; what is missing is skipped by name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cases import part_of_the_day

_SCORER = (
    "import os, sys; from harness.grading.code.scorer import score_program; "
    'sys.exit(score_program(*sys.argv[1:], sandbox=os.environ.get("ESCAPE_SANDBOX")))'
)
_ONLY_WITHOUT_NAMESPACES = {"stat_secret"}  # Landlock does not cover stat
_ORDINARY_UID = "61234"
_STARTS_ITSELF = (
    "import subprocess, sys; assert sys.version_info >= (3, 11); subprocess.check_call([sys.executable, '-c', ''])"
)
_NO_NAMESPACES = textwrap.dedent(
    """
    import ctypes, os, sys
    libc = ctypes.CDLL(None, use_errno=True)
    made, mapped = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        assert libc.unshare(0x10000000) == 0, os.strerror(ctypes.get_errno())
        os.write(made[1], b"x")
        os.read(mapped[0], 1)
        open("/proc/sys/user/max_user_namespaces", "w").write("0")
        os.execvp("setpriv", ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", *sys.argv[1:]])
    os.read(made[0], 1)
    for name in ("uid_map", "gid_map"):
        open(f"/proc/{pid}/{name}", "w").write("0 0 4294967295")
    os.write(mapped[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
)


def _reachable_python() -> str | None:
    """An interpreter that every user may start, new enough for the harness."""
    for path in (str(Path(sys.executable).resolve()), "/usr/bin/python3", "/usr/local/bin/python3"):
        check = [path, "-c", _STARTS_ITSELF]
        command = ["setpriv", f"--reuid={_ORDINARY_UID}", f"--regid={_ORDINARY_UID}", "--clear-groups", *check]
        if Path(path).exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return path
    return None


def _score(
    prefix: list[str], python: str, root: Path, shared: Path, folder: Path, programs: Sequence[str]
) -> dict[str, dict[str, object]]:
    """Run the scorer over these programs of the corpus; its rows by program."""
    result = folder / "result.json"
    template = f"{python} -c '{_SCORER}' {{file}} {{tests}} {{out}} {{timeout}}"
    scorer = [str(shared / "tools/escape_score.py"), "--corpus", str(shared / "escape-corpus"), "--json", str(result)]
    scorer += ["--only", ",".join(programs)]
    libraries = os.pathsep.join([str(root), *(path for path in sys.path if path.endswith("site-packages"))])
    done = subprocess.run(
        [*prefix, python, *scorer, template],
        env={**os.environ, "PYTHONPATH": libraries, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.exists(), done.stdout + done.stderr
    rows = json.loads(result.read_text())["rows"]
    assert {row["id"] for row in rows} == set(programs)
    return {row["id"]: row for row in rows}


def _programs(shared: Path) -> list[str]:
    """The names of all programs."""
    manifest = json.loads((shared / "escape-corpus" / "manifest.json").read_text())
    names = [program["id"] for program in manifest["programs"]]
    assert len(names) == len(set(names)) == 92
    return names


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may write; pytest's own is for its user only."""
    with tempfile.TemporaryDirectory(prefix="escape-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


_IN_CONTAINER = "this user in a container"
_WHO = ["this user", _IN_CONTAINER, "an ordinary user", "a user without namespaces", "root without namespaces"]
_SEEN_IN_THREE_DAYS = {"an ordinary user", "root without namespaces"}


@pytest.mark.slow(60)
@pytest.mark.shared("escape-corpus")
@pytest.mark.parametrize("who", _WHO)
def test_hostile_programs_are_contained_and_ordinary_ones_pass(
    who: str, root: Path, shared: Path, open_folder: Path
) -> None:
    python, prefix = sys.executable, []
    if who == _IN_CONTAINER:
        asked = os.environ.get("HARNESS_TEST_CONTAINER")
        if asked is None:
            pytest.skip("NEEDS HARNESS_TEST_CONTAINER=docker:IMAGE or podman:IMAGE")
        prefix = ["env", f"ESCAPE_SANDBOX={asked}"]
    elif who != "this user":
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            pytest.skip("NEEDS root and setpriv")
        reachable = _reachable_python()
        if reachable is None:
            pytest.skip("NEEDS a Python 3.11 that an ordinary user can start")
        python = reachable
        user = ["setpriv", f"--reuid={_ORDINARY_UID}", f"--regid={_ORDINARY_UID}", "--clear-groups"]
        outside = [sys.executable, "-c", _NO_NAMESPACES]
        prefix = {
            "an ordinary user": user,
            "a user without namespaces": [*outside, *user],
            "root without namespaces": outside,
        }[who]
    programs: Sequence[str] = _programs(shared)
    if who in _SEEN_IN_THREE_DAYS:
        programs = part_of_the_day(programs)
    rows = _score(prefix, python, root, shared, open_folder, programs)
    escaped = {name: row["faults"] for name, row in rows.items() if not row["contained"]}
    allowed = _ONLY_WITHOUT_NAMESPACES if "without" in who else set()
    assert set(escaped) <= allowed, escaped
