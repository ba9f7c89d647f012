"""One call has one price: the live display, the report and `harness cost explain` agree to the last digit."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.clock import SYSTEM_CLOCK
from harness.core.prices import Cost, Price
from harness.core.types import Sample, SamplingParams
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.scenario import SimulatedModel
from harness.report.run_data.load import RunData
from harness.run.execute import execute
from harness.run.prepare import check_request, create_run
from harness.run.request import RunRequest
from harness.run.session import open_session
from harness.tasks.load import load_task
from tests.config.folder import TODAY, config_of, own_rows

PROVIDERS = """
providers:
  sim:
    models:
      ponderer:
        traits: [always_thinks]
        params: {thinking: false}
        price: {input: 1, output: 2, output_thinking: 30}
        simulate:
          accuracy: {easy: 1, medium: 1, hard: 1}
          answer_tokens: {median: 40}
          ttft_s: {median: 0}
          tokens_per_s: 1000
"""


@pytest.mark.slow
def test_a_model_that_always_reasons_costs_the_same_live_in_the_report_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_of(tmp_path, PROVIDERS)
    endpoint = config.endpoint("sim/ponderer", today=TODAY)
    price = next(one for one in own_rows(config) if one.model == "ponderer")
    simulation = config.simulations()["ponderer"]

    @contextlib.contextmanager
    def simulator(_known: Mapping[str, Price], samples: Sequence[Sample], ledger: Path) -> Iterator[str]:
        model = SimulatedModel(name="ponderer", simulation=simulation, price=price)
        with MockProcess(MockConfig(models=(model,), samples=tuple(samples), ledger=ledger, time_scale=0.0)) as mock:
            yield mock.url

    request = RunRequest(
        endpoints=(endpoint,),
        tasks=(load_task("core-math", cwd=tmp_path, data_dir=None),),
        prices=(price,),
        limit=1,
        repeats=1,
        params=SamplingParams(max_tokens=400),
        seed=0,
        max_usd=None,
        max_usd_per_model=None,
        allow_unpriced=False,
        unsafe_no_sandbox=False,
        command=("harness", "run"),
    )
    run = create_run(check_request(request, datetime.now(UTC)), tmp_path / "run")

    async def send() -> Decimal | None:
        with run.locked():
            session = open_session(run, keys={}, simulator=simulator, clock=SYSTEM_CLOCK)
            await execute(session)
            return session.progress.models["sim/ponderer"].usd

    live = asyncio.run(send())

    (row,) = RunData.load(run).results()
    assert isinstance(row.spent, Cost)
    answer = row.call.accepted
    assert answer is not None
    assert answer.usage is not None
    assert not answer.usage.reasoning_tokens  # nothing in the response proves it: the trait alone decides
    tokens = answer.usage
    assert row.spent.usd == (Decimal(tokens.prompt_tokens or 0) + 30 * Decimal(tokens.completion_tokens or 0)) / 10**6
    assert live == row.spent.usd

    body = {"choices": [{"message": {"content": answer.text}, "finish_reason": "stop"}], "usage": answer.raw_usage}
    (tmp_path / "response.json").write_text(json.dumps(body))
    monkeypatch.chdir(tmp_path)
    assert answer.timing.started_at is not None
    when = answer.timing.started_at.isoformat()
    assert main(["cost", "explain", "response.json", "-m", "sim/ponderer", "--at", when, "--json"]) == 0
    assert Decimal(json.loads(capsys.readouterr().out)["total_usd"]) == row.spent.usd
