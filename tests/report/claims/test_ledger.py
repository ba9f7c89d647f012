"""The shipped ledger is whole; a claims file that is not accepted names file, line and what would be."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.report.claims.contradictions import contradictions, unknown_partners
from harness.report.claims.ledger import ClaimKind, load_ledger
from harness.report.claims.verdict import CheckRole

GOOD = """\
article: press.txt
prices_on: 2026-11-21
claims:
  - id: p-1
    quote: half the price
    paraphrase: A costs half of B.
    kind: measurable
    subject: [minimax/minimax-m2]
    comparator: [openai/gpt-5]
    runs:
      - {metric: cost_ratio, confirmed_if: 0.4 to 0.6}
    computed:
      - what: ratio of two figures
        role: beside
        formula: a / b
        inputs: {a: 1, b: {value: 2, source: printed}}
        confirmed_if: 0.4 to 0.6
"""


OF_THE_FIVE = re.compile(r"s00[0-4]-")
"""Ids of the claims of the five articles; whoever ships claims of another text adds a file."""


def test_shipped_ledger_holds_all_claims_of_the_five_texts() -> None:
    ledger = load_ledger()
    kinds = Counter(entry.kind for _, entry in ledger.claims if OF_THE_FIVE.match(entry.id))
    assert kinds == {ClaimKind.MEASURABLE: 21, ClaimKind.ARITHMETIC: 10, ClaimKind.EXTERNAL: 41, ClaimKind.OPINION: 20}
    assert len([name for name in ledger.ids if OF_THE_FIVE.match(name)]) == 92
    assert len({file.article for _, file in ledger.files}) == len(ledger.files) >= 5
    assert all(path.stem == Path(file.article).stem for path, file in ledger.files)
    assert not unknown_partners(ledger)


def test_every_published_score_is_used_and_says_where_it_is_from() -> None:
    ledger = load_ledger()
    named = {name for _, entry in ledger.claims for name in entry.references}
    named |= {
        given.score
        for _, entry in ledger.claims
        for check in entry.computed
        for given in check.inputs.values()
        if hasattr(given, "score")
    }
    assert named == set(ledger.scores)
    assert all("https://" in ledger.score_words(name) and score.by for name, score in ledger.scores.items())


def test_a_threshold_of_ours_is_never_hidden_for_words_without_a_figure() -> None:
    ledger = load_ledger()
    for _, entry in ledger.claims:
        if entry.kind is ClaimKind.MEASURABLE and entry.claimed is None:
            deciding = [check for check in (*entry.runs, *entry.computed) if check.role is CheckRole.DECISIVE]
            signs = {"> 0", "< 1", "> 1", ">= 0", ">= 1"}
            assert all(check.threshold == "ours" or check.confirmed_if.text in signs for check in deciding), entry.id


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        (("s000-04", "s001-06"), "11.6%"),
        (("s000-07", "s001-13"), "tokens a day"),
        (("s000-02", "s002-07"), "one thousandth"),
    ],
)
def test_contradictions_between_texts_are_listed_once(pair: tuple[str, str], word: str) -> None:
    found = [one for one in contradictions(load_ledger()) if one.claims == pair]
    assert len(found) == 1
    assert word in found[0].problem


def test_own_file_stands_in_for_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD)
    ledger = load_ledger([tmp_path / "own.yaml"])
    assert ledger.ids == ("p-1",)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("metric: cost_ratio", "metric: cost_ration", 11, ["cost_ration", "cost_ratio"]),
        ("confirmed_if: 0.4 to 0.6}", "confirmed_if: about half}", 11, ["about half", "0.075 to 0.085"]),
        ("kind: measurable", "kind: measured", 7, ["measured", "measurable"]),
        ("kind: measurable", "kind: opinion", 4, ["opinion", "why"]),
        ("kind: measurable", "kind: arithmetic", 4, ["arithmetic", "computed"]),
        ("    paraphrase: A", "    paraphrse: A", 6, ["paraphrse", "paraphrase"]),
        ("formula: a / b", "formula: a / c", 13, ["'c'", "known: a, b"]),
        ("formula: a / b", "formula: a.b", 13, ["a.b", "no place"]),
        ("{a: 1,", "{a: 1, c: 3,", 13, ["'c'", "not in the formula"]),
        ("{a: 1,", "{a: one,", 16, ["one", "number"]),
        ("{a: 1,", "{a: {score: aa3-minimax},", 16, ["aa3-minimax", "aa3-minimax-m2"]),
        ("subject: [minimax/minimax-m2]", "subject: [minimax-m2]", 8, ["minimax-m2", "provider/model"]),
        ("prices_on: 2026-11-21", "prices_on: november", 2, ["november", "2025-11-15"]),
        ("id: p-1", "id: P 1", 4, ["P 1", "lower-case"]),
        ("    subject: [minimax/minimax-m2]\n", "", 4, ["subject"]),
    ],
)
def test_mistake_names_file_line_and_what_is_accepted(
    old: str, new: str, line: int, said: list[str], tmp_path: Path
) -> None:
    assert old in GOOD
    path = tmp_path / "own.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_ledger([path])
    message = str(caught.value)
    assert f"own.yaml:{line}:" in message, message
    assert all(word in message for word in said), message


def test_claim_that_stands_twice_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(ConfigError, match=r"b\.yaml:4: claim 'p-1' stands twice, first in .*a\.yaml:4"):
        load_ledger([tmp_path / "a.yaml", tmp_path / "b.yaml"])
