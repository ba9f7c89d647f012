"""The provider's own charges beside ours: summed exactly, shown where they differ by more than 1%."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.prices import BillLine, Cost
from harness.core.types import Usage
from harness.pricing.bill import FEE
from harness.report.render.text import as_text
from harness.report.run_data.charges import ProviderChargeTotals, charge_note
from harness.report.run_data.load import RunData
from harness.report.run_data.records import compare_charge
from harness.report.run_report.build import build_run_report
from harness.report.run_report.render import document
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
    labels = ("xai/costly", "xai/fair", "openai/silent")
    made = PaidFolder(
        endpoints=[endpoint(label, speaks="xai" if "xai" in label else "openai") for label in labels],
        prices=[price(label, prompt="1", cached="0.1", completion="10") for label in labels],
        jobs={
            "xai/costly": [[answer(USAGE, charge="0.003")], [answer(USAGE, charge="0.002")], [answer(USAGE)]],
            "xai/fair": [[answer(USAGE, charge="0.00201")]],
            "openai/silent": [[answer(USAGE)]],
        },
    )
    notes = build_run_report(RunData.load(written(tmp_path / "run", made))).notes
    charged = [note for note in notes if "charged" in note or "own charges" in note]
    # two of the three answers state a charge: 0.003 + 0.002 against 2 x 0.002
    assert len(charged) == 1
    assert charged[0].startswith("xai/costly on core-math: the provider charged $0.005 for 2 answers, ours is $0.004")
    assert "(+25.0%)" in charged[0]


def test_the_whole_difference_is_divided_by_cause() -> None:
    made = sums((cost("1.00"), "1.50"), (cost("1.00"), "0.50"), (cost("1.00"), "1.004"), (cost("1.00"), "1.25"))
    parts = {cause: (one.answers, one.usd) for cause, one in made.by_cause.items()}
    assert parts == {
        "charges beside tokens (search, tools), a more expensive host or tier, or a price that has risen": (
            2,
            D("0.75"),
        ),
        "a cheaper host, a discount, or a price that has fallen": (1, D("-0.50")),
        "within 1%": (1, D("0.004")),
    }
    assert sum(usd for _, usd in parts.values()) == made.reported_usd - made.ours_usd


def test_stated_charges_stand_beside_ours_in_the_table(tmp_path: Path) -> None:
    searched = Usage(
        prompt_tokens=1000,
        completion_tokens=100,
        cached_tokens=0,
        non_token_charges=("1 search charged beside the tokens",),
        problems=("1 search charged beside the tokens",),
    )
    labels = ("xai/costly", "xai/searched", "openai/silent")
    made = PaidFolder(
        endpoints=[endpoint(label, speaks="xai" if "xai" in label else "openai") for label in labels],
        prices=[price(label, prompt="1", cached="0.1", completion="10") for label in labels],
        jobs={
            "xai/costly": [[answer(USAGE, charge="0.003")], [answer(USAGE, charge="0.002")], [answer(USAGE)]],
            "xai/searched": [[answer(searched, charge="0.007")]],
            "openai/silent": [[answer(USAGE)]],
        },
    )
    shown = document(build_run_report(RunData.load(written(tmp_path / "run", made))))
    record = shown.record
    assert isinstance(record, dict)
    rows = {row["model"]: row for row in record["rows"]}
    assert (rows["xai/costly"]["provider_charge_usd"], rows["xai/costly"]["ours_of_stated_usd"]) == (
        D("0.005"),
        D("0.004"),
    )
    assert [one["stated_minus_ours_usd"] for one in rows["xai/costly"]["charge_differences"]] == [D("0.001"), D(0)]
    # ours of a search is unknown, so no number of ours stands beside the stated one
    assert (rows["xai/searched"]["provider_charge_usd"], rows["xai/searched"]["ours_of_stated_usd"]) == (
        D("0.007"),
        None,
    )
    assert rows["openai/silent"]["provider_charge_usd"] is None
    text = as_text(shown)
    assert "$ stated" in text
    joined = " ".join(text.split())
    assert "stated minus ours: +$0.0010 in 1 answer (charges beside tokens" in joined
    assert "stated in 1 answer (ours is unknown)" in joined


def test_no_column_where_no_response_states_its_charge(tmp_path: Path) -> None:
    made = PaidFolder(
        endpoints=[endpoint("openai/silent", speaks="openai")],
        prices=[price("openai/silent", prompt="1", cached="0.1", completion="10")],
        jobs={"openai/silent": [[answer(USAGE)]]},
    )
    assert "$ stated" not in as_text(document(build_run_report(RunData.load(written(tmp_path / "run", made)))))


def test_a_report_says_which_price_rows_are_old(tmp_path: Path) -> None:
    row = price("openai/silent", prompt="1", cached="0.1", completion="10")
    made = PaidFolder(
        endpoints=[endpoint("openai/silent", speaks="openai")],
        prices=[row],
        jobs={"openai/silent": [[answer(USAGE)]]},
    )
    notes = build_run_report(RunData.load(written(tmp_path / "run", made))).notes
    days = (made_on(tmp_path / "run") - row.read_on).days
    assert f"test:silent: price row read {days} days before, on {row.read_on}" in " ".join(notes)
    fresh = replace(made, prices=[replace(row, read_on=made_on(tmp_path / "run"))])
    assert "price row read" not in " ".join(build_run_report(RunData.load(written(tmp_path / "fresh", fresh))).notes)


def made_on(folder: Path) -> date:
    return RunData.load(folder).manifest.created_at.date()
