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
from harness.report.claims.ledger import Ledger
from harness.report.claims.plan import COMPLETION_TOKENS, PROMPT_TOKENS, Planned, Unplannable
from harness.report.claims.settle import Result, bounds_text
from harness.report.claims.verdict import ClaimVerdict, Finding, Mode, Role
from harness.report.figures import dollars, four_digits
from harness.report.grid import aligned, wrapped

MEASURED_TITLE = "MEASURED: from the runs given"
SIMULATED_TITLE = "SIMULATED: from runs of the mock, whose answers, times and dollars are made up; no measurement"
DESK_TITLE = "DESK: arithmetic on dated list prices, published scores and numbers inside the texts; no measurement"
MARKS = {ClaimVerdict.CONFIRMED: "inside", ClaimVerdict.REFUTED: "outside", ClaimVerdict.UNDECIDED: "open"}


def as_text(results: Sequence[Result], conflicts: Sequence[Contradiction], notes: Sequence[str]) -> str:
    """All results for a terminal, a row and a line of words each."""
    parts = [_headline(results), ""]
    from_runs = [(one, one.verdict, one.headline) for one in results if one.is_from_run and one.headline is not None]
    at_desk = [(one, *found) for one in results if (found := one.at_desk) is not None]
    for title, ruled in (
        (MEASURED_TITLE, [each for each in from_runs if each[0].mode is not Mode.SIMULATED]),
        (SIMULATED_TITLE, [each for each in from_runs if each[0].mode is Mode.SIMULATED]),
        (DESK_TITLE, at_desk),
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
        parts += ["PRICE ROWS", "", *wrapped(", ".join(rows), "  "), ""]
    parts += [f"note: {note}" for note in notes]
    return "\n".join(parts).rstrip() + "\n"


def details(results: Sequence[Result], conflicts: Sequence[Contradiction], ledger: Ledger) -> str:
    """Single claims with every check, host, published score and contradiction."""
    parts: list[str] = []
    for one in results:
        parts += [*_block(one, ledger), ""]
    if conflicts:
        parts += ["CONTRADICTIONS", "", *_conflicts(conflicts), ""]
    return "\n".join(parts).rstrip() + "\n"


def as_json(results: Sequence[Result], ledger: Ledger, conflicts: Sequence[Contradiction]) -> str:
    """A list with one record a claim, in the order of the ledger."""
    return json.dumps([_record(one, ledger, conflicts) for one in results], indent=1, ensure_ascii=False)


def plan_text(planned: Sequence[Planned], left: Sequence[Unplannable]) -> str:
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


def plan_json(planned: Sequence[Planned], left: Sequence[Unplannable]) -> str:
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


def _headline(results: Sequence[Result]) -> str:
    counts = Counter(one.verdict for one in results)
    said = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in ClaimVerdict if counts[verdict])
    modes = Counter(one.mode for one in results if one.headline is not None)
    settled = ", ".join(f"{modes[mode]} {mode.value}" for mode in Mode if modes[mode])
    days = sorted({one.priced_at.isoformat() for one in results})
    day = f" · {results[0].at} · list prices of {', '.join(days)}"
    many = f"{len(results)} claim{'' if len(results) == 1 else 's'}"
    return f"{many}{day}: {said}" + (f"\nresting on: {settled}" if settled else "")


Ruled: TypeAlias = tuple[Result, ClaimVerdict, Finding]


def _table(ruled: Sequence[Ruled]) -> Iterator[str]:
    """One row a claim on the finding it rests on, and below it the claim and what is to be said of it."""
    header = ["claim", "verdict", "mode", "value", "95 % interval", "n", "confirmed if"]
    body = [_cells(*each) for each in ruled]
    head, *lines = aligned([header, *body], left=len(header))
    yield head
    for each, line in zip(ruled, lines, strict=True):
        yield line
        yield from wrapped(f"{each[0].claim.paraphrase} {_said(*each)}", "    ")


def _cells(result: Result, verdict: ClaimVerdict, finding: Finding) -> list[str]:
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


def _said(result: Result, verdict: ClaimVerdict, finding: Finding) -> str:
    """Which check the row shows, how many hold, what would decide, and the ledger's own words."""
    deciding = [one for one in result.findings if one.role is Role.DECIDES and _is_kin(one, finding)]
    held = sum(one.verdict is ClaimVerdict.CONFIRMED for one in deciding)
    parts = [finding.what]
    if len(deciding) > 1:
        parts.append(f"{held} of {len(deciding)} checks hold")
    if verdict is ClaimVerdict.UNDECIDED:
        needed = result.needed_n if finding.mode is not Mode.DESK else None
        parts.append(finding.why if needed is None else f"about {needed:,} samples would decide")
    is_about_desk = finding.mode is not Mode.DESK and result.at_desk is not None
    notes = "" if is_about_desk else result.claim.notes  # they stand in the table of the desk
    return f"[{'; '.join(parts)}]" + (f" {notes[0].upper()}{notes[1:]}." if notes else "")


def _is_kin(one: Finding, other: Finding) -> bool:
    return (one.mode is Mode.DESK) == (other.mode is Mode.DESK)


def _reasons(results: Sequence[Result]) -> Iterator[str]:
    for one in results:
        kind = "" if one.verdict is not ClaimVerdict.NOT_MEASURABLE else f"{one.claim.kind.value:<9} "
        yield from wrapped(f"{one.claim.id}  {kind}{one.claim.paraphrase} [{one.reason}]", "", following="    ")


def _block(result: Result, ledger: Ledger) -> Iterator[str]:
    claim = result.claim
    mode = f" · {_shown_mode(result.mode)}" if result.headline is not None else ""
    sample = "" if result.n is None else f" · n {result.n:,}"
    needed = f" · about {result.needed_n:,} would decide" if result.needed_n is not None else ""
    yield f"{claim.id}  {result.verdict.value.upper()}{mode}{sample}{needed} · {result.at}"
    yield from wrapped(f"{claim.quote}", "  ")
    yield from wrapped(f"{claim.paraphrase} ({claim.kind.value}, {result.article})", "  ")
    for finding in result.findings:
        yield from _finding_lines(finding)
    yield from wrapped(result.reason, "  ")
    yield from wrapped(claim.notes if claim.notes not in result.reason else "", "  ")
    for host in result.hosts:
        yield from wrapped(f"host: {host.words}", "  ")
    for name in claim.references:
        yield from wrapped(f"published: {ledger.scores[name].words()}", "  ", following="      ")
    if result.prices:
        yield from wrapped(f"price rows: {', '.join(result.prices)}", "  ", following="      ")


def _finding_lines(finding: Finding) -> Iterator[str]:
    value = "?" if finding.value is None else four_digits(finding.value)
    bounds = f" {bounds_text(finding)}".rstrip()
    beside = ", beside" if finding.role is Role.BESIDE else ""
    sample = "" if finding.n is None else f", n {finding.n:,}"
    head = f"  {_shown_mode(finding.mode):<9} {MARKS[finding.verdict]:<7} {value}{bounds}"
    text = f"{head}  confirmed if {finding.confirmed_if}{sample}{beside}: {finding.what} ({finding.why})"
    yield from wrapped(text, "", following="      ")


def _shown_mode(mode: Mode) -> str:
    word: str = mode.value
    return word.upper() if mode is Mode.SIMULATED else word


def _conflicts(conflicts: Sequence[Contradiction]) -> Iterator[str]:
    for one in conflicts:
        yield from wrapped(f"{' and '.join(one.claims)}: {one.problem}", "  ")


def _record(result: Result, ledger: Ledger, conflicts: Sequence[Contradiction]) -> dict[str, object]:
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
        "desk_verdict": None if result.at_desk is None else result.at_desk[0].value,
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


def _finding_record(finding: Finding) -> dict[str, object]:
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
