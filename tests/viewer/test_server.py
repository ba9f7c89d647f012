"""The viewer as a process: what it shows, and which requests it refuses."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.commands import run_here
from tests.waiting import wait_until

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "schema_1"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A viewer that was started, and the token it printed."""

    port: int
    token: str

    def get(self, path: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        """Status, body and headers of a request with the viewer's cookie."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=240)
        connection.request("GET", path, headers={"Cookie": f"harness_view={self.token}", **headers})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body, answer.headers

    def version(self, run: str) -> str:
        """What a page of that run is of; empty while its index is being built."""
        return str(json.loads(self.get(f"/run/{run}/version")[1])["version"])


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The fixture's two runs in a viewer process."""
    folder = tmp_path_factory.mktemp("results") / "results"
    shutil.copytree(FIXTURE, folder)
    with viewing(folder) as running:
        for run in ("complete", "interrupted"):
            wait_until(partial(running.version, run), f"index of {run}")
        yield running


@contextmanager
def viewing(folder: Path) -> Iterator[Running]:
    """A viewer process over a folder of runs."""
    command = [sys.executable, "-m", "harness", "view", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().split()[-1])
        yield Running(port=address.port or 0, token=address.query.partition("=")[2])
        process.terminate()


def test_runs_are_listed_and_linked(viewer: Running) -> None:
    status, page, _ = viewer.get("/")
    assert status == 200
    assert '<a href="/run/complete">complete</a>' in page
    assert "SIMULATED" in page


@pytest.mark.slow
def test_run_page_says_who_is_best_and_what_is_not_decided(viewer: Running) -> None:
    def is_written() -> bool:
        return "has the highest accuracy" in viewer.get("/run/complete")[1]

    wait_until(is_written, "page of a run")
    status, page, _ = viewer.get("/run/complete")
    assert status == 200
    assert "Cost unknown, in part or whole: ~ sim/v1-flaky." in page


@pytest.mark.slow
def test_charts_come_when_they_are_drawn_and_change_the_version_of_the_page(viewer: Running) -> None:
    def has_charts() -> bool:
        return 'id="accuracy-cost"' in viewer.get("/run/interrupted")[1]

    before = viewer.get("/run/interrupted/version")[1]
    wait_until(has_charts, "charts on the page of a run")
    assert viewer.get("/run/interrupted/version")[1] != before


def test_grid_is_filtered_by_state_and_searched(viewer: Running) -> None:
    _, page, _ = viewer.get("/run/complete/samples")
    assert ">10 samples</p>" in page  # 5 of each task
    _, refused, _ = viewer.get("/run/complete/samples?state=refused")
    assert 1 <= len(re.findall(r'class="prompt">', refused)) < 10
    _, nothing, _ = viewer.get("/run/complete/samples?search=no+such+words")
    assert ">0 samples</p>" in nothing


def test_sample_shows_prompt_answer_bill_and_attempts(viewer: Running) -> None:
    _, grid, _ = viewer.get("/run/complete/samples?model=sim/v1-reasoning&state=correct&task=core-math")
    link = re.search(r'href="(/run/complete/sample/core-math/[^"?]+)', grid)
    assert link is not None
    status, page, _ = viewer.get(f"{link[1]}?show=sim/v1-reasoning%230&show=sim/v1-flaky%230")
    assert status == 200
    for part in ("Prompt", "extracted answer", "price row", "All attempts", "first token"):
        assert part in page
    assert page.count("<article ") == 2


def test_unknown_run_sample_and_file_are_not_found(viewer: Running) -> None:
    for path in (
        "/run/nowhere",
        "/run/complete/sample/core-math/nothing",
        "/static/..%2Fserver.py",
        "/run/..%2F..%2Fetc",
    ):
        assert viewer.get(path)[0] == 404


def test_without_token_and_from_another_host_or_origin_nothing_is_shown(viewer: Running) -> None:
    assert viewer.get("/", Cookie="harness_view=guess")[0] == 403
    assert viewer.get("/", Host="attacker.example")[0] == 403
    assert viewer.get("/", Origin="http://attacker.example")[0] == 403
    assert viewer.get("/", Origin=f"http://127.0.0.1:{viewer.port}")[0] == 200


def test_token_of_the_address_becomes_a_cookie_and_leaves_the_address(viewer: Running) -> None:
    status, _, headers = viewer.get(f"/run/complete?token={viewer.token}", Cookie="")
    assert status == 302
    assert headers["Location"] == "/run/complete"
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"]


def test_policy_forbids_scripts_of_pages_and_everything_from_elsewhere(viewer: Running) -> None:
    _, page, headers = viewer.get("/run/complete")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert " style=" not in page
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/viewer.js" defer>']
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_only_reading_is_offered(viewer: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", viewer.port, timeout=240)
    connection.request("POST", "/run/complete", headers={"Cookie": f"harness_view={viewer.token}"})
    assert connection.getresponse().status == 405
    connection.close()


def test_version_tells_when_the_run_has_grown(viewer: Running) -> None:
    status, body, _ = viewer.get("/run/interrupted/version")
    assert status == 200
    assert "calls-0.jsonl" in json.loads(body)["version"]


@pytest.mark.slow
def test_damaged_run_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "results")
    (tmp_path / "results/complete/calls-0.jsonl").write_text("{}\n" * 3)
    with viewing(tmp_path / "results") as damaged:

        def problem() -> str:
            status, text, _ = damaged.get("/run/complete")
            return text if status == 500 else ""

        wait_until(problem, "message of a damaged run")
        assert "calls-0.jsonl" in problem()
        assert damaged.get("/")[0] == 200
        wait_until(partial(damaged.version, "interrupted"), "index of the other run")


def test_folder_without_runs_is_refused(tmp_path: Path) -> None:
    ended = run_here("view", str(tmp_path), "--no-browser", cwd=tmp_path)
    assert ended.returncode == 2
    assert "none has a manifest.json" in ended.stderr
