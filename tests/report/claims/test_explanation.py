"""Results in plain words: what is shown, what follows, what would change it, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.report.claims.evaluate import ClaimResult
from harness.report.claims.explanation import condition, explanation, short_name, what_would_change_it
from harness.report.claims.ledger import load_ledger
from harness.report.claims.verdict import CheckRole, ClaimCheckResult, ClaimVerdict, EvidenceMode
from harness.report.render.language import speaking, tr
from tests.cases import all_cases
from tests.report.claims.planted_runs import claim, evaluated, write_run

DAY = date(2026, 11, 21)
PLAIN = ClaimCheckResult(
    what="cost_ratio: a/m2 / b/sonnet",
    role=CheckRole.DECISIVE,
    mode=EvidenceMode.IMPORTED,
    verdict=ClaimVerdict.REFUTED,
    confirmed_if="0.075 to 0.085",
    why="",
    metric="cost_ratio",
    value=0.17,
    low=0.137,
    high=0.216,
    n=160,
    labels=("a/m2", "b/sonnet@high"),
    tasks=("lineage-bench",),
)


def result_of(*checks: ClaimCheckResult, verdict: ClaimVerdict | None = None, **changed: object) -> ClaimResult:
    _, entry = load_ledger([]).claims[0]
    made = ClaimResult(
        claim=entry,
        article="text",
        verdict=verdict or checks[0].verdict,
        mode=checks[0].mode,
        why="",
        reason="",
        at=DAY,
        priced_at=DAY,
        headline=checks[0],
        findings=checks,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_ratio_below_one_is_told_in_percent_with_questions_and_source() -> None:
    assert explanation(result_of(PLAIN)) == (
        "On 160 questions of lineage-bench: the cost of an answer with m2 is 17.0% of that with sonnet (high) "
        "(95% interval 13.7% to 21.6%).",
        "The claim needs between 7.5% and 8.5%, so it is refuted.",
    )


@pytest.mark.parametrize(
    ("metric", "values", "wanted", "shown"),
    [
        ("cost_ratio", (13.2, 9.5, 17.9), "<= 1", "is 13.2 times that with sonnet (high) (95% interval 9.50 times to"),
        ("accuracy_difference", (-0.306, -0.39, -0.22), ">= 0", "is -30.6 points (95% interval -39.0 points to -22.0"),
        ("relative_gap", (0.35, 0.26, 0.44), "<= 0.12", "m2 has 35.0% fewer correct answers than sonnet (high)"),
    ],
)
def test_each_metric_has_its_unit(metric: str, values: tuple[float, float, float], wanted: str, shown: str) -> None:
    value, low, high = values
    found = replace(PLAIN, metric=metric, value=value, low=low, high=high, confirmed_if=wanted)
    assert shown in explanation(result_of(found))[0]


@all_cases(
    ("accepted", "words"),
    [
        ("< 0.1", "less than 10%"),
        ("<= 0.1", "at most 10%"),
        ("> 2", "more than 200%"),
        (">= 0.5", "at least 50%"),
        ("= 1", "exactly 100%"),
        ("0.075 to 0.085", "between 7.5% and 8.5%"),
    ],
)
def test_accepted_values_are_words_in_the_unit_of_the_value(accepted: str, words: str) -> None:
    assert condition(replace(PLAIN, confirmed_if=accepted)) == words


def test_a_figure_without_an_interval_says_so_and_none_at_all_is_not_zero() -> None:
    bare = replace(PLAIN, low=None, high=None, verdict=ClaimVerdict.UNDECIDED)
    assert "is 17.0%, with no reliable interval" in explanation(result_of(bare))[0]
    missing = explanation(result_of(replace(bare, value=None)))
    assert missing[0] == "The runs have the models but not the figure that the claim is about."
    assert missing[1].endswith("neither shows nor rules out, so it stays undecided.")


def test_one_of_several_comparisons_refutes_and_their_number_is_said() -> None:
    held = replace(PLAIN, verdict=ClaimVerdict.CONFIRMED)
    found = explanation(result_of(PLAIN, held, held))
    assert found[1] == "The claim needs between 7.5% and 8.5%, and 2 of 3 comparisons hold, so it is refuted."


def test_readings_stand_with_their_own_results() -> None:
    price = replace(
        PLAIN, mode=EvidenceMode.COMPUTED, reading="output price", value=0.08, verdict=ClaimVerdict.CONFIRMED
    )
    task = replace(PLAIN, reading="a task")
    found = result_of(price, task, verdict=ClaimVerdict.DEPENDS)
    assert "output price: confirmed (0.08); a task: refuted (0.17)" in explanation(found)[0]
    assert what_would_change_it(found) == "A statement by the author which reading is meant."


def test_what_would_change_a_verdict_of_runs_is_a_run_and_of_prices_a_price(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    found = evaluated(tmp_path, claim("c", "accuracy_difference", "> 0.2"), [tmp_path / "run"])["c"]
    assert explanation(found)[0].startswith(
        "On 40 questions of sums: the accuracy of one (high) less that of one (low)"
    )
    assert "harness claims RUN --id c" in what_would_change_it(found)
    assert "price" in what_would_change_it(result_of(replace(PLAIN, mode=EvidenceMode.COMPUTED)))


def test_an_undecided_claim_names_the_samples_that_would_do(tmp_path: Path) -> None:
    found = evaluated(tmp_path, claim("c", "accuracy_difference", "> 0.2"), [])["c"]
    assert explanation(found) == ("No run that decides it was given.", "So the claim stays undecided.")
    assert re.match(r"A run of about [\d,]+ samples for each model", what_would_change_it(found))


def test_a_label_is_shortened_to_what_people_call_the_model() -> None:
    assert short_name("openrouter/minimax/minimax-m2") == "minimax-m2"
    assert short_name("openai/gpt-5@high") == "gpt-5 (high)"


def test_every_word_of_the_shipped_ledger_has_a_chinese_one() -> None:
    """What the Chinese page shows of a claim but its quote, which is Chinese, and names and numbers."""
    texts = {
        text
        for _, entry in load_ledger([]).claims
        for text in (
            entry.notes,
            entry.why,
            *(check.what for check in entry.computed),
            *(check.reading for check in (*entry.runs, *entry.computed)),
        )
        if text
    }
    assert len(texts) > 100
    with speaking("zh"):
        assert sorted(text for text in texts if not re.search("[\u4e00-\u9fff]|^AIME|^LiveCode|^SWE", tr(text))) == []


def test_sentences_are_chinese_throughout_but_for_names_and_commands() -> None:
    checks = [replace(PLAIN, metric=metric) for metric in ("cost_ratio", "accuracy_difference", "relative_gap")]
    with speaking("zh"):
        for one in checks:
            found = result_of(one)
            told = [*map(tr, explanation(found)), tr(what_would_change_it(found))]
            for text in told:
                bare = re.sub(r"harness claims RUN --id \S+|lineage-bench|m2|sonnet \(high\)", "", text)
                assert re.findall("[a-z]{2,}", bare) == [], text
