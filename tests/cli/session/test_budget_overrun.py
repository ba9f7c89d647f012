"""A server that bills more than was reserved: real requests on loopback, whole commands."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine, SentLine
from harness.store.run_dir import RunDir
from tests.cli.session.scripted_endpoint import Answer, resume_sums, run_sums, scripted

# Prices of run_sums: $1 and $10 per million tokens. With --max-tokens 400 a request of some 70 bytes of prompt is bound
# by (about 1,100 x 1 + 400 x 10) / 1e6 = $0.0051; one of 100,000 output tokens is billed at $1.00002.
COSTLY = Answer(completion_tokens=100_000)


def lines_of(folder: Path, kind: type[SentLine | OutcomeLine]) -> list[SentLine | OutcomeLine]:
    return [line for line in call_lines(RunDir.open(folder / "results/r")) if isinstance(line, kind)]


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", ["1", "4"])
def test_nothing_more_is_sent_once_the_budget_is_exceeded(
    concurrency: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--max-usd", "0.5", "--max-tokens", "400", "--concurrency", concurrency, "--quiet")
    with scripted(costly=lambda number: COSTLY if number == 3 else Answer(seconds=0.01)) as endpoint:
        ended = run_sums(tmp_path, endpoint, "costly", samples=40, more=words)
    shown = capsys.readouterr()
    sent = len(endpoint.asked["costly"])
    in_flight = int(concurrency) - 1
    assert 3 <= sent <= 3 + in_flight  # those that were in flight with the third had been sent
    assert ended.code == EXIT_INCOMPLETE
    assert ended.answered["costly"] == sent
    assert ended.opened["costly"] == 40 - sent
    assert "the budget, $0.500, was exceeded by $0.500" in shown.err
    assert "100,000 output tokens, above the limit of 400 that was asked for" in shown.err
    assert "1 request billed above the most" in shown.err
    assert "the budget, $0.500, was exceeded by $0.500" in " ".join(shown.out.split())


@pytest.mark.slow
def test_later_requests_of_the_model_are_reserved_at_what_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--max-usd", "100", "--max-tokens", "400", "--concurrency", "1", "--quiet")
    with scripted(costly=lambda number: COSTLY if number == 2 else Answer()) as endpoint:
        ended = run_sums(tmp_path, endpoint, "costly", samples=6, more=words)
    assert ended.code == EXIT_OK
    bounds = [line.bound_usd for line in lines_of(tmp_path, SentLine)]
    assert all(bound is not None for bound in bounds)
    assert max(bounds[:2]) < Decimal("0.01")  # type: ignore[type-var, operator]
    assert min(bounds[2:]) > Decimal("0.9")  # type: ignore[type-var, operator]
    err = capsys.readouterr().err
    assert "was exceeded" not in err
    assert re.search(r"odd/costly: 1 request billed above the most .* by \$0\.99", err)


@pytest.mark.slow
def test_a_resumed_run_remembers_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--max-usd", "0.5", "--max-tokens", "400", "--concurrency", "1", "--quiet")
    with scripted(costly=lambda number: COSTLY if number == 1 else Answer()) as endpoint:
        run_sums(tmp_path, endpoint, "costly", samples=5, more=words)
        assert len(endpoint.asked["costly"]) == 1
        assert resume_sums(tmp_path, "costly", samples=5, more=("--quiet",)).answered["costly"] == 1
        assert len(endpoint.asked["costly"]) == 1  # the same budget sends nothing
        capsys.readouterr()
        ended = resume_sums(tmp_path, "costly", samples=5, more=("--quiet", "--max-usd", "20"))
    assert ended.code == EXIT_OK
    bounds = [line.bound_usd for line in lines_of(tmp_path, SentLine)]
    assert min(bounds[1:]) > Decimal("0.9")  # type: ignore[type-var, operator]


def test_the_budget_of_one_model_stops_that_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--max-usd-per-model", "0.5", "--max-tokens", "400", "--concurrency", "1", "--quiet")
    with scripted(costly=lambda number: COSTLY if number == 2 else Answer(), cheap=lambda _: Answer()) as endpoint:
        ended = run_sums(tmp_path, endpoint, "costly", "cheap", samples=8, more=words)
    assert ended.code == EXIT_INCOMPLETE
    assert len(endpoint.asked["costly"]) == 2
    assert "the budget of odd/costly, $0.500, was exceeded by $0.500" in capsys.readouterr().err
