"""The shipped ledger is whole; a claims file that is not accepted names file, line and what would be."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.report.claims.claim_file import ClaimKind, QuotedInput
from harness.report.claims.contradictions import unknown_partners
from harness.report.claims.ledger import load_ledger
from harness.report.claims.metric_names import METRIC_NAMES
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
    assert all(score.by for score in ledger.scores.values())


def test_every_source_of_the_ledger_has_title_address_and_day() -> None:
    """An address may be unknown of the five articles, of which only copies were read, and of one summary."""
    ledger = load_ledger()
    of_files = [page for _, file in ledger.files for page in (file.source, *file.sources.values())]
    pages = [*of_files, *ledger.sources.values()]
    assert all(page is not None and page.title and (page.date or page.read_on) for page in pages)
    unknown = [page.title for page in pages if page is not None and page.url == "not known"]
    assert len(unknown) == 6
    assert sum(title.endswith(".txt") for title in unknown) == 5


def test_every_number_of_the_ledger_is_printed_in_its_text_or_names_its_source() -> None:
    ledger = load_ledger()
    for _, file in ledger.files:
        for model, gone in file.retired.items():
            assert gone.read_in in file.sources, model
        for entry in file.claims:
            for check in entry.computed:
                for name, given in check.inputs.items():
                    if isinstance(given, QuotedInput) and given.read_in not in file.sources:
                        printed = "here" in given.source or set(re.findall(r"s00\d-\d\d", given.source)) & set(
                            ledger.ids
                        )
                        assert printed, (entry.id, name, given.source)


@pytest.mark.shared("data/articles")
def test_every_quote_stands_in_its_article(shared: Path) -> None:
    for file, entry in load_ledger().claims:
        if OF_THE_FIVE.match(entry.id):
            text = (shared / "data" / "articles" / file.article).read_text(errors="replace")
            assert _plain(entry.quote) in _plain(text), entry.id


def _plain(text: str) -> str:
    """Without the readings in brackets that the sites' copies put behind some characters, and without blanks."""
    return re.sub(r"\([a-z\u00e0-\u01dc\u0300-\u036f]+\)|\s", "", text, flags=re.IGNORECASE)


def test_a_threshold_of_ours_is_never_hidden_for_words_without_a_figure() -> None:
    ledger = load_ledger()
    for _, entry in ledger.claims:
        if entry.kind is ClaimKind.MEASURABLE and entry.claimed is None:
            deciding = [check for check in (*entry.runs, *entry.computed) if check.role is CheckRole.DECISIVE]
            signs = {"> 0", "< 1", "> 1", ">= 0", ">= 1"}
            assert all(check.threshold == "ours" or check.confirmed_if.text in signs for check in deciding), entry.id


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
        ("source: printed}", "source: printed, read_in: press}", 16, ["no source 'press'", "none are known"]),
        (
            "prices_on: 2026-11-21",
            "prices_on: 2026-11-21\nsource: {title: t, url: here, date: 2026-01-01}",
            3,
            ["here"],
        ),
        ("prices_on: 2026-11-21", "prices_on: 2026-11-21\nsource: {title: t, url: not known}", 3, ["read_on"]),
        ("metric: cost_ratio", "metric: latency", 11, ["latency", "all metrics: ", *METRIC_NAMES]),
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
