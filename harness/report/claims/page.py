"""The page of `harness claims --html`: each claim with its verdict, the evidence, and what would change it.

For readers who know neither this tool nor statistics. It needs no script and nothing beside the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.claims.evaluate import ClaimResult, bounds_text
from harness.report.claims.explanation import explanation, what_would_change_it
from harness.report.claims.ledger import ClaimLedger
from harness.report.claims.render import headline, shown_mode
from harness.report.claims.verdict import CheckRole, ClaimCheckResult, ClaimVerdict, EvidenceMode
from harness.report.render.language import language, tr
from harness.report.render.number_format import UNKNOWN, four_digits
from harness.report.render.page import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCard:
    """One claim as the page shows it; all texts in the language of the page but the quote and the paraphrase."""

    id: str
    quote: str
    paraphrase: str
    verdict: ClaimVerdict
    mode: str
    mode_is_marked: bool
    sentences: tuple[str, ...]
    change: str
    note: str
    checks: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGroup:
    """Claims whose verdicts rest on the same kind of evidence, and what that kind is."""

    title: str
    meaning: str
    cards: tuple[ClaimCard, ...]


def claims_page(results: Sequence[ClaimResult], ledger: ClaimLedger, notes: Sequence[str]) -> str:
    """The whole page, in the language that is written now."""
    return fill(
        "claims.html.j2",
        language=language(),
        title=tr("Claims of the press, checked"),
        headline=tr(headline(results)),
        groups=tuple(_groups(results, ledger)),
        notes=tuple(map(tr, notes)),
    )


GROUPS = (
    ("Measured", "Runs against the models themselves, or recorded answers of such runs."),
    ("IMPORTED", "Published answers of others, recomputed here. They hold for those questions, models and days alone."),
    ("SIMULATED", "Runs of the mock server. They say nothing about real models."),
    ("Computed", "Arithmetic on dated list prices, published scores and the numbers that the texts print. No run."),
    ("Open", "A run could decide these, and none that was given does."),
    ("Not measurable", "No run of a model decides these: facts from elsewhere, opinions, forecasts."),
)
"""The kinds of evidence, strongest first, each with its meaning."""


def _groups(results: Sequence[ClaimResult], ledger: ClaimLedger) -> Iterator[CardGroup]:
    for title, meaning in GROUPS:
        cards = tuple(_card(one, ledger) for one in results if _group_of(one) == title)
        if cards:
            yield CardGroup(title=tr(title), meaning=tr(meaning), cards=cards)


def _group_of(result: ClaimResult) -> str:
    if result.verdict is ClaimVerdict.NOT_MEASURABLE:
        return "Not measurable"
    if result.headline is None or result.verdict is ClaimVerdict.UNDECIDED:
        return "Open"
    match result.mode:
        case EvidenceMode.LIVE | EvidenceMode.REPLAY:
            return "Measured"
        case EvidenceMode.IMPORTED:
            return "IMPORTED"
        case EvidenceMode.SIMULATED:
            return "SIMULATED"
        case EvidenceMode.COMPUTED:
            return "Computed"


def _card(result: ClaimResult, ledger: ClaimLedger) -> ClaimCard:
    claim = result.claim
    is_shown = bool(result.findings) and result.verdict is not ClaimVerdict.NOT_MEASURABLE
    published = tuple(ledger.score_words(name) for name in claim.references) if is_shown else ()
    note = claim.notes if is_shown else ""
    imported = dict.fromkeys(source for one in result.findings for source in one.imported_from)
    return ClaimCard(
        id=claim.id,
        quote=claim.quote,
        paraphrase=claim.paraphrase,
        verdict=result.verdict,
        mode=tr(shown_mode(result.mode)) if result.headline is not None else "",
        mode_is_marked=result.mode in (EvidenceMode.SIMULATED, EvidenceMode.IMPORTED),
        sentences=tuple(map(tr, explanation(result))),
        change=tr(what_would_change_it(result)),
        note=_sentence(note),
        checks=tuple(map(_check_line, result.findings)) if is_shown else (),
        sources=(*imported, *map(tr, result.sources), *published),
    )


def _check_line(one: ClaimCheckResult) -> str:
    """A check with its value, the accepted ones and its verdict: `cost_ratio: A / B = 0.17 [0.14, 0.22] ...`."""
    value = UNKNOWN if one.value is None else f"{four_digits(one.value)} {bounds_text(one)}".rstrip()
    what = f"{tr(one.reading)}: {tr(one.what)}" if one.reading and one.reading not in one.what else tr(one.what)
    wanted = f"{tr('confirmed if')} {one.confirmed_if}"
    verdict = tr(one.verdict.value if one.role is CheckRole.DECISIVE else "informational")
    return " · ".join((f"{what} = {value}", wanted, verdict, tr(shown_mode(one.mode))))


def _sentence(note: str) -> str:
    """A note of the ledger as a sentence of its own."""
    told = tr(note)
    return f"{note[:1].upper()}{note[1:]}." if note and told == note else f"{told}。" if told else ""
