"""Results of claims as text and as JSON records.

What runs say and what the desk says stand under headings of their own, and every line names its mode. Not here: the
verdicts (settle).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from harness.report.claims.contradictions import Contradiction
from harness.report.claims.evaluate import ClaimResult, bounds_text
from harness.report.claims.ledger import ClaimLedger
from harness.report.claims.run_plan import COMPLETION_TOKENS, PROMPT_TOKENS, PlannedRun, Unplannable
from harness.report.claims.verdict import CheckRole, ClaimCheckResult, ClaimVerdict, EvidenceMode
from harness.report.render.number_format import dollars, four_digits
from harness.report.render.table import align_columns, wrap_note

MEASURED_TITLE = "MEASURED: from the runs given"
SIMULATED_TITLE = "SIMULATED: from runs of the mock, whose answers, times and dollars are made up; no measurement"
DESK_TITLE = "DESK: arithmetic on dated list prices, published scores and numbers inside the texts; no measurement"
MARKS = {ClaimVerdict.CONFIRMED: "inside", ClaimVerdict.REFUTED: "outside", ClaimVerdict.UNDECIDED: "open"}


def as_text(results: Sequence[ClaimResult], conflicts: Sequence[Contradiction], notes: Sequence[str]) -> str:
    """All results for a terminal, a row and a line of words each."""
    parts = [_headline(results), ""]
    from_runs = [(one, one.verdict, one.headline) for one in results if one.is_from_run and one.headline is not None]
    computed_verdict = [(one, *found) for one in results if (found := one.computed_verdict) is not None]
    for title, ruled in (
        (MEASURED_TITLE, [each for each in from_runs if each[0].mode is not EvidenceMode.SIMULATED]),
        (SIMULATED_TITLE, [each for each in from_runs if each[0].mode is EvidenceMode.SIMULATED]),
        (DESK_TITLE, computed_verdict),
    ):
        if ruled:
            parts += [title, "", *_table(ruled), ""]
    for verdict in (ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUNNABLE, ClaimVerdict.NOT_MEASURABLE):
        group = [one for one in results if one.headline is None and one.verdict is verdict]
        if group:
            parts += [f"{verdict.value.upper()} ({len(group)})", "", *_reasons(group), ""]
    if conflicts:
        parts += ["CONTRADICTIONS", "", *_conflicts(conflicts), ""]
    rows = sorted({price for one in results for price in one.prices})
    if rows:
        parts += ["PRICE ROWS", "", *wrap_note(", ".join(rows), "  "), ""]
    parts += [f"note: {note}" for note in notes]
    return "\n".join(parts).rstrip() + "\n"


def details(results: Sequence[ClaimResult], conflicts: Sequence[Contradiction], ledger: ClaimLedger) -> str:
    """Single claims with every check, host, published score and contradiction."""
    parts: list[str] = []
    for one in results:
        parts += [*_block(one, ledger), ""]
    if conflicts:
        parts += ["CONTRADICTIONS", "", *_conflicts(conflicts), ""]
    return "\n".join(parts).rstrip() + "\n"


def as_json(results: Sequence[ClaimResult], ledger: ClaimLedger, conflicts: Sequence[Contradiction]) -> str:
    """A list with one record a claim, in the order of the ledger."""
    return json.dumps([_record(one, ledger, conflicts) for one in results], indent=1, ensure_ascii=False)


def plan_text(planned: Sequence[PlannedRun], left: Sequence[Unplannable]) -> str:
    """The runs that would settle what is undecided."""
    if not planned and not left:
        return "nothing is undecided\n"
    lines = [
        f"Runs that would settle what is undecided; dollars at list prices for {PROMPT_TOKENS} tokens in and",
        f"{COMPLETION_TOKENS:,} out an answer where no run shows a model's own. harness estimate knows the samples.",
        "",
    ]
    for one in planned:
        known = f"about ${dollars(one.usd)}" if one.usd is not None else ""
        usd = known or f"dollars unknown, without a price of {', '.join(one.unpriced)}"
        lines += [f"{', '.join(one.claims)}: {one.answers:,} answers, {usd}", f"  {one.command}", ""]
    usds = [one.usd for one in planned if one.usd is not None]
    if len(usds) > 1:
        lines += [f"all of them, as separate runs: about ${dollars(sum(usds, Decimal(0)))}", ""]
    for gone in left:
        lines.append(f"{gone.claim}: cannot be run: {gone.why}")
    return "\n".join(lines).rstrip() + "\n"


def plan_json(planned: Sequence[PlannedRun], left: Sequence[Unplannable]) -> str:
    """The same for programs; dollars are texts, so that none passes through a float, and null where unknown."""
    return json.dumps(
        {
            "runs": [
                {
                    "claims": list(one.claims),
                    "command": one.command,
                    "answers": one.answers,
                    "usd": None if one.usd is None else f"{one.usd:f}",
                    "unpriced": list(one.unpriced),
                }
                for one in planned
            ],
            "cannot_be_run": [{"claim": one.claim, "why": one.why} for one in left],
        },
        indent=1,
        ensure_ascii=False,
    )


def _headline(results: Sequence[ClaimResult]) -> str:
    counts = Counter(one.verdict for one in results)
    said = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in ClaimVerdict if counts[verdict])
    modes = Counter(one.mode for one in results if one.headline is not None)
    settled = ", ".join(f"{modes[mode]} {mode.value}" for mode in EvidenceMode if modes[mode])
    days = sorted({one.priced_at.isoformat() for one in results})
    day = f" · {results[0].at} · list prices of {', '.join(days)}"
    many = f"{len(results)} claim{'' if len(results) == 1 else 's'}"
    return f"{many}{day}: {said}" + (f"\nresting on: {settled}" if settled else "")


Ruled: TypeAlias = tuple[ClaimResult, ClaimVerdict, ClaimCheckResult]


def _table(ruled: Sequence[Ruled]) -> Iterator[str]:
    """One row a claim on the finding it rests on, and below it the claim and what is to be said of it."""
    header = ["claim", "verdict", "mode", "value", "95% interval", "n", "confirmed if"]
    body = [_cells(*each) for each in ruled]
    head, *lines = align_columns([header, *body], left=len(header))
    yield head
    for each, line in zip(ruled, lines, strict=True):
        yield line
        yield from wrap_note(f"{each[0].claim.paraphrase} {_said(*each)}", "    ")


def _cells(result: ClaimResult, verdict: ClaimVerdict, finding: ClaimCheckResult) -> list[str]:
    bounds = bounds_text(finding) or "-"
    return [
        result.claim.id,
        verdict.value,
        _shown_mode(finding.mode),
        "?" if finding.value is None else four_digits(finding.value),
        bounds,
        "-" if finding.n is None else f"{finding.n:,}",
        finding.confirmed_if,
    ]


def _said(result: ClaimResult, verdict: ClaimVerdict, finding: ClaimCheckResult) -> str:
    """Which check the row shows, how many hold, what would decide, and the ledger's own words."""
    deciding = [one for one in result.findings if one.role is CheckRole.DECISIVE and _is_kin(one, finding)]
    held = sum(one.verdict is ClaimVerdict.CONFIRMED for one in deciding)
    parts = [finding.what]
    if len(deciding) > 1:
        parts.append(f"{held} of {len(deciding)} checks hold")
    if verdict is ClaimVerdict.UNDECIDED:
        needed = result.needed_n if finding.mode is not EvidenceMode.COMPUTED else None
        parts.append(finding.why if needed is None else f"about {needed:,} samples would decide")
    is_about_desk = finding.mode is not EvidenceMode.COMPUTED and result.computed_verdict is not None
    notes = "" if is_about_desk else result.claim.notes  # they stand in the table of the desk
    return f"[{'; '.join(parts)}]" + (f" {notes[0].upper()}{notes[1:]}." if notes else "")


def _is_kin(one: ClaimCheckResult, other: ClaimCheckResult) -> bool:
    return (one.mode is EvidenceMode.COMPUTED) == (other.mode is EvidenceMode.COMPUTED)


def _reasons(results: Sequence[ClaimResult]) -> Iterator[str]:
    for one in results:
        kind = "" if one.verdict is not ClaimVerdict.NOT_MEASURABLE else f"{one.claim.kind.value:<9} "
        yield from wrap_note(f"{one.claim.id}  {kind}{one.claim.paraphrase} [{one.reason}]", "", following="    ")


def _block(result: ClaimResult, ledger: ClaimLedger) -> Iterator[str]:
    claim = result.claim
    mode = f" · {_shown_mode(result.mode)}" if result.headline is not None else ""
    sample = "" if result.n is None else f" · n {result.n:,}"
    needed = f" · about {result.needed_n:,} would decide" if result.needed_n is not None else ""
    yield f"{claim.id}  {result.verdict.value.upper()}{mode}{sample}{needed} · {result.at}"
    yield from wrap_note(f"{claim.quote}", "  ")
    yield from wrap_note(f"{claim.paraphrase} ({claim.kind.value}, {result.article})", "  ")
    for finding in result.findings:
        yield from _finding_lines(finding)
    yield from wrap_note(result.reason, "  ")
    yield from wrap_note(claim.notes if claim.notes not in result.reason else "", "  ")
    for host in result.hosts:
        yield from wrap_note(f"host: {host.words}", "  ")
    for name in claim.references:
        yield from wrap_note(f"published: {ledger.scores[name].words()}", "  ", following="      ")
    if result.prices:
        yield from wrap_note(f"price rows: {', '.join(result.prices)}", "  ", following="      ")


def _finding_lines(finding: ClaimCheckResult) -> Iterator[str]:
    value = "?" if finding.value is None else four_digits(finding.value)
    bounds = f" {bounds_text(finding)}".rstrip()
    beside = ", beside" if finding.role is CheckRole.INFORMATIONAL else ""
    sample = "" if finding.n is None else f", n {finding.n:,}"
    head = f"  {_shown_mode(finding.mode):<9} {MARKS[finding.verdict]:<7} {value}{bounds}"
    text = f"{head}  confirmed if {finding.confirmed_if}{sample}{beside}: {finding.what} ({finding.why})"
    yield from wrap_note(text, "", following="      ")


def _shown_mode(mode: EvidenceMode) -> str:
    word: str = mode.value
    return word.upper() if mode is EvidenceMode.SIMULATED else word


def _conflicts(conflicts: Sequence[Contradiction]) -> Iterator[str]:
    for one in conflicts:
        yield from wrap_note(f"{' and '.join(one.claims)}: {one.problem}", "  ")


def _record(result: ClaimResult, ledger: ClaimLedger, conflicts: Sequence[Contradiction]) -> dict[str, object]:
    claim, headline = result.claim, result.headline
    claimed = claim.claimed
    printed = [] if claimed is None else claimed.value if isinstance(claimed.value, list) else [claimed.value]
    values = [float(one) for one in printed]
    return {
        "id": claim.id,
        "article": result.article,
        "kind": claim.kind.value,
        "quote": claim.quote,
        "paraphrase": claim.paraphrase,
        "subject": claim.subject,
        "comparator": claim.comparator,
        "benchmark": claim.benchmark,
        "metric": claim.metric if headline is None else headline.metric,
        "claimed": None
        if claimed is None
        else {"op": claimed.op, "value": values[0] if len(values) == 1 else values, "unit": claimed.unit},
        "verdict": result.verdict.value,
        "mode": result.mode.value,
        "value": None if headline is None else headline.value,
        "interval": None if headline is None or headline.interval is None else list(headline.interval),
        "confirmed_if": None if headline is None else headline.confirmed_if,
        "n": result.n,
        "needed_n": result.needed_n,
        "why": result.why,
        "desk_verdict": None if result.computed_verdict is None else result.computed_verdict[0].value,
        "at": result.at.isoformat(),
        "priced_at": result.priced_at.isoformat(),
        "prices": list(result.prices),
        "hosts": [{"model": host.model, "served_as": host.label, "words": host.words} for host in result.hosts],
        "findings": [_finding_record(finding) for finding in result.findings],
        "references": [ledger.scores[name].words() for name in claim.references],
        "contradicts": [
            {"claims": [other for other in one.claims if other != claim.id], "problem": one.problem}
            for one in conflicts
            if claim.id in one.claims
        ],
    }


def _finding_record(finding: ClaimCheckResult) -> dict[str, object]:
    return {
        "what": finding.what,
        "metric": finding.metric,
        "role": finding.role.value,
        "mode": finding.mode.value,
        "verdict": finding.verdict.value,
        "value": finding.value,
        "interval": None if finding.interval is None else list(finding.interval),
        "confirmed_if": finding.confirmed_if,
        "n": finding.n,
        "needed_n": finding.needed_n,
        "models": list(finding.labels),
        "prices": list(finding.prices),
        "why": finding.why,
    }
