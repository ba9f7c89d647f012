"""The page of `harness claims --html`: what stands on it, escaped, in groups, in both languages, without a script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.report.claims.ledger import load_ledger
from harness.report.claims.page import claims_page
from harness.report.render.language import speaking
from tests.commands import run_here
from tests.report.claims.planted_runs import claim, evaluated, write_run


def page_of(tmp_path: Path, claims: str, language: str = "en") -> str:
    write_run(tmp_path / "run")
    results = evaluated(tmp_path, claims, [tmp_path / "run"])
    with speaking(language):
        return claims_page(list(results.values()), load_ledger([]), ["a <note>"])


def test_a_card_has_claim_verdict_evidence_and_what_would_change_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, claim("c", "accuracy_difference", "> 0.2"))
    for text in (
        "confirmed",
        "On 40 questions of sums",
        "What would change it",
        "Evidence and sources",
        "Measured (1)",
    ):
        assert text in page
    assert "a &lt;note&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)


def test_claims_without_evidence_stand_under_their_own_head(tmp_path: Path) -> None:
    page = page_of(tmp_path, claim("c", "accuracy_difference", "> 0.2", first="acme/nobody"))
    assert "Open (1)" in page
    assert "No run that decides it was given." in page


def test_the_page_in_chinese_has_no_english_sentence(tmp_path: Path) -> None:
    page = page_of(tmp_path, claim("c", "accuracy_difference", "> 0.2"), "zh")
    assert 'lang="zh"' in page
    body = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.partition("<body>")[2], flags=re.DOTALL)
    assert not re.search(r"(?:\b[a-z]{2,} ){4,}", body.partition("证据与来源")[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_writes_the_page_of_the_shipped_claims(language: str, tmp_path: Path) -> None:
    ran = run_here("claims", "--html", "claims.html", "--lang", language, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    claims = len(load_ledger().claims)
    assert ran.stdout.startswith(f"claims.html: {claims} claims, ")
    page = (tmp_path / "claims.html").read_text(encoding="utf-8")
    assert page.count("<article ") == claims
    assert page.count("API定價降至Claude Sonnet 4.5的8%") == 1
    assert page.count('class="mode verdict depends"') >= 5
    assert {"en": " · informational · ", "zh": " · 仅供参考 · "}[language] in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--html", "nowhere/page.html"), "the folder nowhere does not exist"),
        (("--html", "."), "this is a folder; name a file in it"),
        (("--html", "page.html", "--json"), "--html writes a page, not json"),
        (("--html", "page.html", "--plan"), "--html writes the verdicts"),
    ],
)
def test_a_page_that_cannot_be_written_is_said(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = run_here("claims", *options, cwd=tmp_path)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert list(tmp_path.iterdir()) == []
