"""What keeps two models from being compared like with like: one line per pair, from requests as sent and tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.labels import Effort
from harness.core.types import Completion, Endpoint, Json, SamplingParams, Usage, Verdict
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.run_data.comparability import RunTerms, comparability_lines
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from tests.report.runs import RunWriter, answer, endpoint

HIGH = SamplingParams(effort=Effort.HIGH)
ONE = replace(endpoint("acme/one@high"), provider="acme", model="one", params=HIGH)
TWO = replace(endpoint("acme/two@high"), provider="acme", model="two", params=HIGH)
LOW = replace(endpoint("acme/one@low"), provider="acme", model="one", params=SamplingParams(effort=Effort.LOW))


def asked(tokens: int = 50, *, not_sent: tuple[str, ...] = (), **sent: Json) -> Completion:
    usage = Usage(prompt_tokens=10, completion_tokens=tokens, reasoning_tokens=0)
    return replace(answer(usage=usage), effective={"model": "m", **sent}, not_sent=not_sent)


def run_of(path: Path, *answers: tuple[Endpoint, Completion], samples: int = 1) -> RunData:
    """Each model gives the same answer to every sample; the limit of the task is 100 tokens."""
    writer = RunWriter(path, endpoints=[who for who, _ in answers], samples=samples)
    for number in range(samples):
        for who, found in answers:
            writer.job(who, number, [found], Verdict.CORRECT)
    writer.close()
    return RunData.load(path)


def lines_of(run: RunData) -> list[str]:
    terms = RunTerms.of(run.manifest)
    run.read(terms)
    return list(comparability_lines(terms.by_label.values()))


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (asked(temperature=0), asked(not_sent=("temperature",)), "temperature asked for and not sent to acme/two@high"),
        (asked(temperature=0), asked(temperature=0.6), "temperature 0 against 0.6"),
        (asked(), asked(tokens=900), "1 answer of acme/two@high beyond the limit of 100 tokens (up to 900)"),
        (
            asked(reasoning_effort="high"),
            asked(thinking={"type": "enabled", "budget_tokens": 24576}),
            "effort high is reasoning_effort=high for one and thinking.budget_tokens=24576, thinking.type=enabled",
        ),
    ],
)
def test_pair_that_was_not_asked_alike_has_one_line(
    first: Completion, second: Completion, said: str, tmp_path: Path
) -> None:
    run = run_of(tmp_path / "run", (ONE, first), (TWO, second))
    (line,) = lines_of(run)
    assert line.startswith("acme/one@high and acme/two@high are not fully comparable: ")
    assert said in line
    assert line in build_run_report(run).notes
    assert line in load_compared_runs([run], allow_mixed=False).comparability


def test_pair_that_was_asked_alike_has_none(tmp_path: Path) -> None:
    same = asked(temperature=0, reasoning_effort="high")
    assert lines_of(run_of(tmp_path / "run", (ONE, same), (TWO, same))) == []


def test_many_pairs_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    who = [replace(ONE, label=f"acme/m{number}", model=f"m{number}") for number in range(7)]
    run = run_of(tmp_path / "run", *((one, asked(temperature=place / 10)) for place, one in enumerate(who)))
    found = lines_of(run)
    assert len(found) == 13  # 21 pairs: 12 lines and a count
    assert found[-1].startswith("9 more pairs")
