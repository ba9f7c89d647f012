"""The documents of `harness claims`: all results, single claims in full, and the runs that would decide.

What runs say and what is computed stand under headings of their own, and every row names its mode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.core.plurals import counted
from harness.report.claims.contradictions import Contradiction
from harness.report.claims.evaluate import ClaimResult, bounds_text, reading_words
from harness.report.claims.ledger import ClaimLedger
from harness.report.claims.result_records import flat_record, result_record
from harness.report.claims.run_plan import COMPLETION_TOKENS, PROMPT_TOKENS, PlannedRun, Unplannable
from harness.report.claims.verdict import CheckRole, ClaimCheckResult, ClaimVerdict, EvidenceMode
from harness.report.render.number_format import NONE, UNKNOWN, dollars, four_digits
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column

MEASURED_TITLE = "Measured: from the runs given"
SIMULATED_TITLE = "SIMULATED: from runs of the mock server, whose answers, times and dollars are simulated"
COMPUTED_TITLE = "Computed: from dated list prices, published scores and numbers inside the texts; no run"
MARKS = {ClaimVerdict.CONFIRMED: "inside", ClaimVerdict.REFUTED: "outside", ClaimVerdict.UNDECIDED: "open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """A claim with the check that its row shows, and what that check says of it."""

    result: ClaimResult
    verdict: ClaimVerdict
    check: ClaimCheckResult


RESULT_COLUMNS: tuple[Column[ResultRow], ...] = (
    prose_column("claim", "claim", lambda row: row.result.claim.id),
    prose_column("verdict", "verdict", lambda row: row.verdict.value),
    prose_column("mode", "mode", lambda row: shown_mode(row.check.mode), rank=3),
    prose_column("value", "value", lambda row: _value(row.check)),
    prose_column("interval", "95% CI", lambda row: bounds_text(row.check) or NONE),
    prose_column("n", "n", lambda row: _n(row.check), rank=2),
    prose_column("confirmed_if", "confirmed if", lambda row: row.check.confirmed_if, rank=1),
    prose_column("text", "what is claimed", lambda row: _text(row), is_below=True),
)
REASON_COLUMNS: tuple[Column[ClaimResult], ...] = (
    prose_column("claim", "claim", lambda one: one.claim.id),
    prose_column("kind", "kind", lambda one: one.claim.kind.value),
    prose_column("text", "what is claimed", lambda one: f"{one.claim.paraphrase} [{one.reason}]", is_below=True),
)
CHECK_COLUMNS: tuple[Column[ClaimCheckResult], ...] = (
    prose_column("mode", "mode", lambda one: shown_mode(one.mode)),
    prose_column("result", "result", lambda one: MARKS[one.verdict]),
    prose_column("value", "value", lambda one: _value(one)),
    prose_column("interval", "95% CI", lambda one: bounds_text(one) or NONE),
    prose_column("confirmed_if", "confirmed if", lambda one: one.confirmed_if),
    prose_column("n", "n", lambda one: _n(one), rank=2),
    prose_column(
        "role", "role", lambda one: "informational" if one.role is CheckRole.INFORMATIONAL else "decides", rank=1
    ),
    prose_column("what", "check", lambda one: f"{_reading(one)}{one.what} ({one.why})", is_below=True),
)
CONFLICT_COLUMNS: tuple[Column[Contradiction], ...] = (
    prose_column("claims", "claims", lambda one: " and ".join(one.claims)),
    prose_column("problem", "problem", lambda one: one.problem, is_below=True),
)
PLAN_COLUMNS: tuple[Column[PlannedRun], ...] = (
    prose_column("claims", "claims", lambda one: ", ".join(one.claims)),
    Column(
        key="answers",
        title="answers",
        meaning="to be asked for in all, over every model",
        text=lambda one: f"{one.answers:,}",
        value=lambda one: one.answers,
        lowest_is_best=True,
    ),
    Column(
        key="usd",
        title="about $",
        meaning="at list prices; ? where a model has no price",
        text=lambda one: dollars(one.usd),
        value=lambda one: one.usd,
        lowest_is_best=True,
    ),
    prose_column("command", "command", lambda one: one.command, is_below=True),
)


def _reading(check: ClaimCheckResult) -> str:
    return f"read as {check.reading}: " if check.reading else ""


def results_document(
    results: Sequence[ClaimResult],
    conflicts: Sequence[Contradiction],
    ledger: ClaimLedger,
    notes: Sequence[str],
) -> ReportDocument:
    """All results, a row and the words of the claim each."""
    return _document(
        results, conflicts, ledger, sections=(*_result_sections(results), *_conflict_sections(conflicts)), notes=notes
    )


def details_document(
    results: Sequence[ClaimResult], conflicts: Sequence[Contradiction], ledger: ClaimLedger
) -> ReportDocument:
    """Single claims with every check, host, published score and contradiction."""
    sections = tuple(_detail(one, ledger) for one in results)
    return _document(results, conflicts, ledger, sections=(*sections, *_conflict_sections(conflicts)), notes=())


def plan_document(planned: Sequence[PlannedRun], left: Sequence[Unplannable]) -> ReportDocument:
    """The runs that would decide what is undecided."""
    usds = [one.usd for one in planned if one.usd is not None]
    notes = [
        f"dollars are at list prices for {PROMPT_TOKENS} tokens in and {COMPLETION_TOKENS:,} out an answer where no "
        "run shows a model's own; harness estimate with the same words works them out from the samples"
    ]
    if len(usds) > 1:
        notes.append(f"all of them, as separate runs: about ${dollars(sum(usds, Decimal(0)))}")
    notes += [f"{', '.join(one.claims)}: no price of {', '.join(one.unpriced)}" for one in planned if one.unpriced]
    notes += [f"{gone.claim}: cannot be run: {gone.why}" for gone in left]
    rows = tuple(
        {
            "claims": list(one.claims),
            "command": one.command,
            "answers": one.answers,
            "usd": one.usd,
            "unpriced": list(one.unpriced),
        }
        for one in planned
    )
    return ReportDocument(
        title="runs that would decide the undecided claims" if planned or left else "nothing is undecided",
        sections=(Section(title="Runs", tables=(Table(columns=PLAN_COLUMNS, rows=tuple(planned)),)),)
        if planned
        else (),
        notes=tuple(notes) if planned or left else (),
        record={"runs": list(rows), "cannot_be_run": [{"claim": one.claim, "why": one.why} for one in left]},
        flat=FlatRows(keys=("claims", "command", "answers", "usd", "unpriced"), rows=rows),
    )


def _document(
    results: Sequence[ClaimResult],
    conflicts: Sequence[Contradiction],
    ledger: ClaimLedger,
    *,
    sections: tuple[Section, ...],
    notes: Sequence[str],
) -> ReportDocument:
    records = [result_record(one, ledger, conflicts) for one in results]
    return ReportDocument(
        title=headline(results),
        sections=(*sections, *_price_sections(results)),
        notes=tuple(notes),
        record=records,
        flat=FlatRows(keys=CSV_KEYS, rows=tuple(map(flat_record, records))),
    )


CSV_KEYS = (
    *("id", "article", "kind", "metric", "verdict", "mode", "value", "low", "high", "confirmed_if", "n", "needed_n"),
    *("at", "priced_at", "prices", "paraphrase", "quote", "why"),
)


def _result_sections(results: Sequence[ClaimResult]) -> Iterator[Section]:
    from_runs = [
        ResultRow(result=one, verdict=one.verdict, check=one.headline)
        for one in results
        if one.is_from_run and one.headline is not None
    ]
    computed = [
        ResultRow(result=one, verdict=found[0], check=found[1])
        for one in results
        if (found := one.computed_verdict) is not None
    ]
    for title, rows in (
        (MEASURED_TITLE, [row for row in from_runs if row.result.mode is not EvidenceMode.SIMULATED]),
        (SIMULATED_TITLE, [row for row in from_runs if row.result.mode is EvidenceMode.SIMULATED]),
        (COMPUTED_TITLE, computed),
    ):
        if rows:
            yield Section(title=title, tables=(Table(columns=RESULT_COLUMNS, rows=tuple(rows)),))
    for verdict in (ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUNNABLE, ClaimVerdict.NOT_MEASURABLE):
        group = tuple(one for one in results if one.headline is None and one.verdict is verdict)
        if group:
            yield Section(
                title=f"{verdict.value.capitalize()} ({len(group)})",
                tables=(Table(columns=REASON_COLUMNS, rows=group),),
            )


def _conflict_sections(conflicts: Sequence[Contradiction]) -> Iterator[Section]:
    if conflicts:
        yield Section(title="Contradictions", tables=(Table(columns=CONFLICT_COLUMNS, rows=tuple(conflicts)),))


def headline(results: Sequence[ClaimResult]) -> str:
    """How many claims there are, of which day, and how many of each verdict and mode."""
    counts = Counter(one.verdict for one in results)
    said = "; ".join(_claims_of(verdict, counts[verdict]) for verdict in ClaimVerdict if counts[verdict])
    modes = Counter(one.mode for one in results if one.headline is not None)
    settled = "; ".join(f"{modes[mode]} {mode.value}" for mode in EvidenceMode if modes[mode])
    days = sorted({one.priced_at.isoformat() for one in results})
    day = f" · {results[0].at} · list prices of {', '.join(days)}"
    evidence = f"evidence: {settled}" if settled else ""
    return "; ".join(filter(None, (f"{counted(len(results), 'claim')}{day}: {said}", evidence)))


def _claims_of(verdict: ClaimVerdict, count: int) -> str:
    words = "depend on the reading" if verdict is ClaimVerdict.DEPENDS and count > 1 else verdict.value
    return f"{count} {words}"


def _price_sections(results: Sequence[ClaimResult]) -> Iterator[Section]:
    rows = sorted({price for one in results for price in one.prices})
    if rows:
        yield Section(title="Price rows", lines=(", ".join(rows),))


def _value(check: ClaimCheckResult) -> str:
    return UNKNOWN if check.value is None else four_digits(check.value)


def _n(check: ClaimCheckResult) -> str:
    return NONE if check.n is None else f"{check.n:,}"


def _text(row: ResultRow) -> str:
    """The claim, which check the row shows, how many hold, what would decide, and the ledger's own words."""
    result, finding = row.result, row.check
    deciding = [one for one in result.findings if one.role is CheckRole.DECISIVE and _is_kin(one, finding)]
    held = sum(one.verdict is ClaimVerdict.CONFIRMED for one in deciding)
    parts = [finding.what]
    if len({one.reading for one in deciding}) > 1:
        parts = reading_words(deciding, result.claim.needs)
    elif len(deciding) > 1:
        parts.append(f"{held} of {len(deciding)} checks hold")
    if row.verdict is ClaimVerdict.UNDECIDED:
        needed = result.needed_n if finding.mode is not EvidenceMode.COMPUTED else None
        parts.append(finding.why if needed is None else f"about {counted(needed, 'sample')} would decide")
    is_of_computed = finding.mode is not EvidenceMode.COMPUTED and result.computed_verdict is not None
    notes = "" if is_of_computed else result.claim.notes  # they stand in the computed table
    return f"{result.claim.paraphrase} [{'; '.join(parts)}]" + (f" {notes[0].upper()}{notes[1:]}." if notes else "")


def _is_kin(one: ClaimCheckResult, other: ClaimCheckResult) -> bool:
    return (one.mode is EvidenceMode.COMPUTED) == (other.mode is EvidenceMode.COMPUTED)


def _detail(result: ClaimResult, ledger: ClaimLedger) -> Section:
    claim = result.claim
    mode = f" · {shown_mode(result.mode)}" if result.headline is not None else ""
    sample = "" if result.n is None else f" · n {result.n:,}"
    needed = f" · about {result.needed_n:,} would decide" if result.needed_n is not None else ""
    lines = [
        claim.quote,
        f"{claim.paraphrase} ({claim.kind.value}, {result.article})",
        result.reason,
        claim.notes if claim.notes not in result.reason else "",
        *(f"host: {host.words}" for host in result.hosts),
        *(f"published: {ledger.score_words(name)}" for name in claim.references),
        *(f"source: {words}" for words in result.sources),
    ]
    return Section(
        title=f"{claim.id}  {result.verdict.value}{mode}{sample}{needed} · {result.at}",
        lines=tuple(filter(None, lines)),
        tables=(Table(columns=CHECK_COLUMNS, rows=result.findings),) if result.findings else (),
    )


def shown_mode(mode: EvidenceMode) -> str:
    """The mode as tables write it: in capitals where it is not a measurement of ours."""
    word: str = mode.value
    return word.upper() if mode in (EvidenceMode.SIMULATED, EvidenceMode.IMPORTED) else word
