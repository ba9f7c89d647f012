"""A model as a judge of a run's math answers: a run of its own, resumed or begun, within one budget for all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from harness.cli.options.context import load_context
from harness.cli.options.prices import price_book
from harness.cli.session.run_session import send_jobs
from harness.config.environment import collect_keys
from harness.core.errors import UsageError
from harness.core.plurals import counted
from harness.core.types import Endpoint, SamplingParams, Verdict
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.report.run_report.report import RunReport
from harness.run.prepare import check_request, create_run, reopen
from harness.run.rederive.judge_task import judge_task
from harness.run.rederive.second_opinion import judge_runs, judgements, math_answers, next_judge_folder
from harness.run.request import RunRequest, price_rows
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeResult:
    """A judge's verdicts by the keys of answers, and what they cost. `reports`: of its runs, in their order."""

    label: str
    is_simulated: bool
    verdicts: dict[str, Verdict | None]
    reports: list[RunReport] = field(default_factory=list)
    max_usd: Decimal

    @property
    def unjudged(self) -> int:
        """Answers that it was to judge and that have no readable verdict."""
        return sum(verdict is None for verdict in self.verdicts.values())

    @property
    def spent_usd(self) -> Decimal | None:
        """Dollars of all attempts; None where any is unknown."""
        parts = [one.spent_usd for report in self.reports for table in report.tables for one in table.summaries]
        known = [part for part in parts if part is not None]
        return sum(known, Decimal(0)) if len(known) == len(parts) else None

    @property
    def requests(self) -> int:
        return sum(
            summary.attempts for report in self.reports for table in report.tables for summary in table.summaries
        )


def ask_judge(folder: RunDir, arguments: argparse.Namespace) -> JudgeResult:
    """Resume what was begun, ask about what was never asked, and read what came."""
    context = load_context(arguments.providers)
    now = datetime.now(UTC)
    endpoints = context.config.endpoints([arguments.judge], today=now.date())
    if len(endpoints) != 1:
        raise UsageError(f"--judge {arguments.judge} names {counted(len(endpoints), 'model')}; one is needed")
    collect_keys(endpoints, context.environ)
    label = endpoints[0].label
    for earlier in judge_runs(folder, label):
        others = [other for other in judge_runs(folder, label) if other.path != earlier.path]
        if not build_run_report(RunData.load(earlier)).is_complete:
            left = _left_usd(arguments.max_usd, others)
            send_jobs(reopen(earlier.path, now, max_usd=left), context, arguments)
    asked = judgements(judge_runs(folder, label))
    open_answers = [(call, sample) for call, sample in math_answers(folder) if call.key not in asked]
    if open_answers:
        request = RunRequest(
            endpoints=endpoints,
            tasks=(judge_task(open_answers),),
            prices=price_rows(price_book(context.config, arguments.prices, endpoints), endpoints),
            limit=None,
            repeats=1,
            params=SamplingParams(),
            seed=0,
            max_usd=_left_usd(arguments.max_usd, judge_runs(folder, label)),
            max_usd_per_model=None,
            allow_unpriced=False,
            unsafe_no_sandbox=False,
            command=("harness", *sys.argv[1:]),
        )
        begun = create_run(check_request(request, now), next_judge_folder(folder, label))
        send_jobs(begun, context, arguments)
    return _judged(folder, endpoints[0], arguments.max_usd)


def _left_usd(max_usd: Decimal, others: Sequence[RunDir]) -> Decimal:
    """What the budget leaves beside what other judge runs cost. Raises UsageError where that is nothing or unknown."""
    spent = Decimal(0)
    for other in others:
        for table in build_run_report(RunData.load(other)).tables:
            for summary in table.summaries:
                if summary.spent_usd is None:
                    raise UsageError(f"{other.path}: what it cost is not known, so no budget can be kept")
                spent += summary.spent_usd
    if spent >= max_usd:
        raise UsageError(f"--max-usd {max_usd:f}: earlier judging by this model cost ${spent:f} of it; nothing is left")
    return max_usd - spent


def _judged(folder: RunDir, endpoint: Endpoint, max_usd: Decimal) -> JudgeResult:
    runs = judge_runs(folder, endpoint.label)
    return JudgeResult(
        label=endpoint.label,
        is_simulated=any(one.simulated for run in runs for one in run.manifest().endpoints),
        verdicts=judgements(runs),
        reports=[build_run_report(RunData.load(run)) for run in runs],
        max_usd=max_usd,
    )
