"""The provider's own charges beside ours: summed exactly, shown where they differ by more than 1%."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.prices import BillLine, Cost
from harness.core.types import Usage
from harness.pricing.bill import FEE
from harness.report.run_data.charges import ProviderChargeTotals, charge_note
from harness.report.run_data.load import RunData
from harness.report.run_data.records import compare_charge
from harness.report.run_report.build import build_run_report
from tests.run.paid_folder import PaidFolder, answer, endpoint, price, written

D = Decimal
USAGE = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0)  # at $1 and $10: $0.001 + $0.001 = $0.002


def cost(usd: str, *, fee: str = "0", is_upper_bound: bool = False) -> Cost:
    lines = (
        BillLine(what="completion", tokens=1, rate_per_mtok=D(1), amount=D(usd), usd=D(usd)),
        BillLine(what=FEE, tokens=0, rate_per_mtok=D(0), amount=D(fee), usd=D(fee), fee_share=D("0.1")),
    )
    notes = ("cached tokens were not reported: the whole prompt billed as uncached",) if is_upper_bound else ()
    return Cost(usd=D(usd) + D(fee), lines=lines, price_id="row", is_upper_bound=is_upper_bound, notes=notes)


def sums(*pairs: tuple[Cost, str]) -> ProviderChargeTotals:
    made = ProviderChargeTotals()
    for ours, reported in pairs:
        made.add(compare_charge(ours, D(reported)))
    return made


def test_without_any_charge_there_is_nothing_to_say() -> None:
    assert charge_note(ProviderChargeTotals()) is None


@pytest.mark.parametrize("reported", ["1.00", "1.01", "0.99"])
def test_charges_within_one_percent_agree(reported: str) -> None:
    assert charge_note(sums((cost("1.00"), reported))) is None


def test_sums_are_exact_and_leave_out_the_fee_on_credits() -> None:
    made = sums(*[(cost("0.1", fee="0.01"), "0.1")] * 3)
    assert (made.ours_usd, made.reported_usd, made.answers) == (D("0.3"), D("0.3"), 3)
    assert charge_note(made) is None


def test_gap_names_both_sums_its_size_and_a_cause() -> None:
    note = charge_note(sums((cost("1.00"), "1.10"), (cost("1.00"), "1.00")))
    assert note is not None
    assert "the provider charged $2.10 for 2 answers, ours is $2.00 (+5.0%)" in note
    assert "charges beside tokens" in note


def test_an_upper_bound_explains_a_smaller_charge() -> None:
    note = charge_note(sums((cost("1.00", is_upper_bound=True), "0.70")))
    assert note is not None
    assert "(-30.0%)" in note
    assert "ours is an upper bound: cached tokens were not reported" in note


def test_gaps_that_cancel_out_are_not_hidden() -> None:
    note = charge_note(sums((cost("1.00"), "1.50"), (cost("1.00"), "0.50"), (cost("1.00"), "1.00")))
    assert note is not None
    assert "for 2 of 3 answers, though the sums agree" in note


def test_charge_of_nothing_has_a_cause() -> None:
    note = charge_note(sums((cost("1.00"), "0")))
    assert note is not None
    assert "a key of your own" in note


def test_report_notes_the_gap_of_the_model_that_has_one(tmp_path: Path) -> None:
    labels = ("xai/dear", "xai/fair", "openai/silent")
    made = PaidFolder(
        endpoints=[endpoint(label, speaks="xai" if "xai" in label else "openai") for label in labels],
        prices=[price(label, prompt="1", cached="0.1", completion="10") for label in labels],
        jobs={
            "xai/dear": [[answer(USAGE, charge="0.003")], [answer(USAGE, charge="0.002")], [answer(USAGE)]],
            "xai/fair": [[answer(USAGE, charge="0.00201")]],
            "openai/silent": [[answer(USAGE)]],
        },
    )
    notes = build_run_report(RunData.load(written(tmp_path / "run", made))).notes
    charged = [note for note in notes if "charged" in note or "own charges" in note]
    # two of the three answers state a charge: 0.003 + 0.002 against 2 x 0.002
    assert len(charged) == 1
    assert charged[0].startswith("xai/dear on core-math: the provider charged $0.005 for 2 answers, ours is $0.004")
    assert "(+25.0%)" in charged[0]
