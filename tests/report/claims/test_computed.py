"""What arithmetic decides of the shipped claims, by hand-worked figures; a missing price is never a number."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from harness.pricing.book import PriceBook, load_book
from harness.report.claims.computed import ComputedChecks
from harness.report.claims.ledger import ClaimLedger, load_ledger
from harness.report.claims.verdict import (
    CheckLogic,
    CheckRole,
    ClaimCheckResult,
    ClaimVerdict,
    EvidenceMode,
    combine_verdicts,
    verdicts_by_reading,
)
from tests.cases import all_cases

NOVEMBER = datetime(2025, 11, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger() -> ClaimLedger:
    return load_ledger()


@cache
def book() -> PriceBook:
    return load_book()


def findings(ledger: ClaimLedger, claim_id: str, at: datetime = NOVEMBER) -> list[ClaimCheckResult]:
    checks = ComputedChecks(book=book(), at=at, scores=ledger.scores)
    (claim,) = [entry for _, entry in ledger.claims if entry.id == claim_id]
    return list(checks.findings(claim))


@all_cases(
    ("claim_id", "what", "value", "holds"),
    [
        ("s000-05", "output price", 0.08, True),  # 1.20 / 15
        ("s000-05", "input price", 0.10, False),  # 0.30 / 3
        ("s000-05", "cached input price", 0.10, False),  # 0.03 / 0.30
        ("s000-05", "blended price", 0.0875, False),  # (3 x 0.30 + 1.20) / 4 = 0.525; (9 + 15) / 4 = 6
        ("s004-07", "ratio of the two prices printed", 0.12, True),  # 1.20 / 10
        ("s004-07", "the same ratio as a tenth or less", 0.12, False),
        ("s004-07", "input price", 0.24, False),  # 0.30 / 1.25
        ("s002-04", "R1-Zero by majority vote", 26 / 30, True),
        ("s002-04", "26 of 30 to three digits", 0.0, True),
        ("s002-04", "R1's own published score", 0.798, False),
        ("s000-04", "share behind, 1 - 61/69", 8 / 69, False),
        ("s001-06", "share behind, 1 - 61/69", 8 / 69, True),
        ("s001-12", "blended price", 0.525 / 0.275, False),  # (3 x 0.20 + 0.50) / 4 = 0.275, a ratio of 1.9
        ("s000-09", "output price", 2.4, False),  # 1.20 / 0.50
        ("s000-03", "reduction", 1 - 124 / 694, True),
        ("s001-21", "OpenAI's valuation", 0.5, False),
        ("s002-07", "whole training of R1 over a peer", 5.87 / 300, False),
        ("s002-07", "whole training of R1 over 3,000", 5.87 / 3000, True),
        ("s002-07", "reinforcement learning of R1", 0.294 / 300, True),
        ("s004-04", "reduction by the figures printed", 1 - 200 / 1200, True),
        ("s004-09", "paid and free", 84.3, True),
        ("s004-10", "share of the tokens", 32.6 / 84.3, False),
        ("s004-14", "context window of M2 over that of GPT-5", 0.512, False),
        ("s003-08", "index of K2 Thinking less that of GPT-5", -2.0, False),
    ],
)
def test_check_recomputes_from_the_inputs(
    ledger: ClaimLedger, claim_id: str, what: str, value: float, holds: bool
) -> None:
    (found,) = [one for one in findings(ledger, claim_id) if one.what.startswith(what)]
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.verdict is (ClaimVerdict.CONFIRMED if holds else ClaimVerdict.REFUTED)
    assert found.mode is EvidenceMode.COMPUTED


def test_86_7_percent_carries_the_interval_of_26_of_30(ledger: ClaimLedger) -> None:
    (found,) = [one for one in findings(ledger, "s002-04") if one.n is not None]
    assert found.n == 30
    assert found.interval == pytest.approx((0.703, 0.947), abs=5e-4)  # Wilson


def test_eight_percent_depends_on_which_price_is_meant(ledger: ClaimLedger) -> None:
    found = findings(ledger, "s000-05")
    deciding = [one for one in found if one.role is CheckRole.DECISIVE]
    assert verdicts_by_reading(deciding, CheckLogic.ALL) == {
        "output price": ClaimVerdict.CONFIRMED,
        "input price": ClaimVerdict.REFUTED,
        "blended price": ClaimVerdict.REFUTED,
    }
    assert combine_verdicts(deciding, CheckLogic.ALL) is ClaimVerdict.DEPENDS
    assert set(found[0].prices) == {"minimax/minimax-m2@2025-11-07", "anthropic/claude-sonnet-4-5@2025-09-29"}


def test_tenth_of_the_price_holds_of_three_pairs_of_ten(ledger: ClaimLedger) -> None:
    deciding = [one for one in findings(ledger, "s004-03") if one.role is CheckRole.DECISIVE]
    held = {one.what.partition(": ")[2] for one in deciding if one.verdict is ClaimVerdict.CONFIRMED}
    assert len(deciding) == 10
    assert held == {
        "minimax/minimax-m2 / anthropic/claude-sonnet-4-5",  # 0.0875
        "deepseek/deepseek-chat / openai/gpt-5",  # 0.315 / 3.4375 = 0.0916
        "deepseek/deepseek-chat / anthropic/claude-sonnet-4-5",  # 0.315 / 6 = 0.0525
    }


def test_price_that_is_not_in_force_is_undecided_with_its_reason(ledger: ClaimLedger) -> None:
    found = [one for one in findings(ledger, "s000-05", at=datetime(2024, 1, 1, tzinfo=UTC)) if "price" in one.what]
    assert all(one.verdict is ClaimVerdict.UNDECIDED and one.value is None for one in found)
    assert all("no price row of" in one.why for one in found)


def test_free_weeks_of_a_model_give_a_ratio_of_zero_and_name_the_row(ledger: ClaimLedger) -> None:
    found = findings(ledger, "s000-05", at=datetime(2025, 11, 1, tzinfo=UTC))
    assert found[0].value == 0
    assert found[0].verdict is ClaimVerdict.REFUTED
    assert "minimax/minimax-m2@2025-10-27" in found[0].prices


def test_ratio_to_a_price_of_zero_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "article: x\nprices_on: 2025-11-01\nclaims:\n"
        "  - {id: z, quote: q, paraphrase: p, kind: arithmetic, subject: [openai/gpt-5],"
        " comparator: [minimax/minimax-m2],\n"
        "     computed: [{what: output price, price_ratio: output, confirmed_if: < 9}]}\n"
    )
    (found,) = findings(load_ledger([tmp_path / "own.yaml"]), "z", at=datetime(2025, 11, 1, tzinfo=UTC))
    assert found.verdict is ClaimVerdict.UNDECIDED
    assert "is 0: a ratio to it does not exist" in found.why


def test_price_in_yuan_is_converted_and_an_input_may_come_from_the_book(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "article: x\nprices_on: 2025-11-15\nclaims:\n"
        "  - id: z\n    quote: q\n    paraphrase: p\n    kind: arithmetic\n"
        "    computed:\n      - what: mainland over list\n        formula: cn / intl\n"
        "        confirmed_if: 0.9 to 1.1\n"
        "        inputs:\n          cn: {price: minimax-cn/minimax-m2, rate: output}\n"
        "          intl: {price: minimax/minimax-m2, rate: output}\n"
    )
    (found,) = findings(load_ledger([tmp_path / "own.yaml"]), "z")
    assert found.value == pytest.approx(8.4 / 7.1 / 1.2, rel=0.02)  # 8.40 CNY at about 7.1 CNY a dollar
    assert len(found.prices) == 2
