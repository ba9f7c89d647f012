"""`harness run` against loopback servers that run out of money, name long waits, refuse requests or bill too much."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.cli.session.scripted_endpoint import Answer, Refusal, resume_sums, run_sums, scripted

NO_QUOTA = Refusal(
    status=429, error={"message": "Quota of this month is exceeded, see your plan", "code": "insufficient_quota"}
)


def slow(value: object) -> ParameterSet:
    """A parameter of the slow tests."""
    return pytest.param(value, marks=pytest.mark.slow)


FOUR = "{max_concurrency: 4}"


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "refusal",
    [
        NO_QUOTA,
        slow(Refusal(status=402, error={"message": "Insufficient balance of your account"})),
        slow(Refusal(status=401, error={"message": "The api key was revoked"})),
        slow(Refusal(status=403, error={"message": "This key may not use the model"})),
        slow(Refusal(status=404, error={"message": "The model is gone"})),
    ],
)
def test_what_ends_in_mid_run_stops_the_endpoint_and_resume_sends_the_rest(
    refusal: Refusal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    is_refused = True
    with scripted(m=lambda number: refusal if is_refused and number > 5 else Answer()) as endpoint:
        first = run_sums(tmp_path, endpoint, "m", samples=40, limits=FOUR)
        said = capsys.readouterr().err
        requests = len(endpoint.asked["m"])
        is_refused = False
        second = resume_sums(tmp_path, "m", samples=40)
    assert (first.code, first.answered, first.failed, first.opened) == (3, {"m": 5}, {"m": 0}, {"m": 35})
    assert requests <= 5 + 4 + 2
    assert f"odd/m stopped: {'payment_required' if refusal is NO_QUOTA else ''}" in said
    assert str(refusal.error["message"]) in said
    assert "resume with: harness run --resume results/r\n" in said
    assert (second.code, second.answered, second.opened) == (0, {"m": 40}, {"m": 0})
    assert len(endpoint.asked["m"]) == requests + 35  # nothing was asked twice


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "40000"},
        slow({"retry-after-ms": "40000000"}),
        slow({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "EPOCH_MS"}),
        slow({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "11h6m40s"}),
    ],
)
def test_wait_of_hours_stops_at_once_and_says_until_when(
    headers: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    epoch_ms = str(int((time.time() + 40000) * 1000))
    written = {name: epoch_ms if value == "EPOCH_MS" else value for name, value in headers.items()}
    refusal = Refusal(status=429, error={"message": "Slow down"}, headers=written)
    with scripted(m=lambda number: refusal) as endpoint:
        first = run_sums(tmp_path, endpoint, "m", samples=30, limits=FOUR)
    said = capsys.readouterr().err
    assert (first.code, first.failed, first.opened) == (3, {"m": 0}, {"m": 30})
    assert len(endpoint.asked["m"]) <= 4
    serves = (datetime.now(UTC) + timedelta(seconds=40000)).astimezone()
    times = {f"{serves - timedelta(minutes=late):%H:%M}" for late in range(5)}  # the machine may have been slow
    assert any(f"it serves again at {text}" in said or f" {text}\n" in said for text in times), said
    assert "a wait of 11 h 0" in said


@pytest.mark.slow
def test_others_stop_where_an_endpoint_stopped_and_go_on_if_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted(
        gone=lambda number: NO_QUOTA if number > 3 else Answer(), fine=lambda number: Answer(seconds=0.4)
    ) as endpoint:
        first = run_sums(tmp_path, endpoint, "gone", "fine", samples=60, limits="{max_concurrency: 2}")
        said = capsys.readouterr().err
        assert first.code == 3
        assert first.answered["gone"] == 3
        assert first.opened["fine"] > 0
        assert f"not sent because open at a stopped endpoint: odd/fine {first.opened['fine']} jobs" in said
        assert "--keep-going" in said
        second = resume_sums(tmp_path, "gone", "fine", samples=60, more=("--keep-going",))
    assert second.code == 3
    assert second.answered == {"gone": 3, "fine": 60}
    assert len(endpoint.asked["fine"]) == 60


@pytest.mark.slow
def test_refusals_without_headers_slow_the_endpoint_until_all_are_answered(tmp_path: Path) -> None:
    passed_at = -1.0

    def one_in_a_third_of_a_second(number: int) -> Refusal | Answer:
        nonlocal passed_at
        if time.monotonic() - passed_at < 0.33:
            return Refusal(status=429, error={"message": "Too many requests"})
        passed_at = time.monotonic()
        return Answer()

    with scripted(m=one_in_a_third_of_a_second) as endpoint:
        first = run_sums(tmp_path, endpoint, "m", samples=24)
    assert (first.code, first.answered) == (0, {"m": 24})
    assert len(endpoint.asked["m"]) < 24 + 16 + 20  # a first round of 16, then about one refusal in seven


@pytest.mark.slow
def test_tokens_that_answers_did_not_use_are_given_back(tmp_path: Path) -> None:
    with scripted(m=lambda number: Answer()) as endpoint:
        first = run_sums(
            tmp_path, endpoint, "m", samples=8, limits="{tokens_per_minute: 6000}", more=("--max-tokens", "3000")
        )
    assert first.code == 0
    gaps = [later - earlier for earlier, later in itertools.pairwise(endpoint.asked["m"])]
    # 3000 tokens taken in advance would be 30 s at 100 a second; the answers use 30 of them, 0.3 s
    assert min(gaps) < 15


def test_bills_above_the_maximum_cost_end_the_run_and_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted(m=lambda number: Answer(prompt_tokens=20_000, completion_tokens=50_000)) as endpoint:
        first = run_sums(tmp_path, endpoint, "m", samples=20, limits="{max_concurrency: 2}", more=("--max-usd", "1"))
    # $0.52 an answer: 20,000 at $1 and 50,000 at $10 per million
    assert first.code == 3
    assert len(endpoint.asked["m"]) <= 4
    assert "billed above the most that prices and limits allow" in capsys.readouterr().err


@pytest.mark.slow
def test_job_that_failed_for_good_is_an_answer_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = Refusal(status=400, error={"message": "content policy", "code": "content_policy_violation"})
    with scripted(m=lambda number: blocked if number == 3 else Answer()) as endpoint:
        first = run_sums(tmp_path, endpoint, "m", samples=6)
    assert (first.code, first.answered, first.failed) == (3, {"m": 5}, {"m": 1})
    assert (
        "1 job failed; send them again with: harness run --resume results/r --retry-failed" in capsys.readouterr().err
    )
