"""`harness prices`: the rows in force, all rows of one model, problems in the price book, newer rows of other lists."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.cli.prices_update import update_prices
from harness.config.load import Config
from harness.config.resolve import ResolvedEntry
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, UsageError
from harness.core.labels import closest_names
from harness.core.prices import CostUnknown, Price
from harness.pricing.book import PriceBook
from harness.pricing.check import IssueLevel, PriceBookIssue, check_book
from harness.pricing.display import NOTHING, RATE_COLUMNS, instant_text, price_fields, rate_rows
from harness.pricing.exact import exact_text
from harness.pricing.other_lists import installed_lists
from harness.report.render.lines import align_columns

LIST_COLUMNS = ("model", "since", "currency", "prompt", "cached", "completion", "also")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list | show | check | update")
    listing = actions.add_parser("list", help="the rows in force, one line a model")
    listing.add_argument("words", nargs="*", metavar="WORD", help="only models that contain every word")
    showing = actions.add_parser("show", help="all rows of a model, with dates, rates and sources")
    showing.add_argument("model", metavar="MODEL", help="provider/model, or another name the price book knows it by")
    checking = actions.add_parser("check", help="problems in the price book")
    checking.epilog = (
        "Compares with the data of genai-prices and litellm where they are installed. Ends with 1 when it finds an "
        "error, with 0 when it finds only warnings and notes."
    )
    updating = actions.add_parser("update", help="take newer rows from price lists that others maintain")
    updating.add_argument("words", nargs="*", metavar="WORD", help="also models that contain every word")
    updating.add_argument(
        "--from",
        dest="files",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a list as a file: litellm's, genai-prices' or models.dev's JSON (default: the installed packages)",
    )
    updating.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    updating.epilog = (
        "Writes to HARNESS_PRICES_DIR, else to price-performance-harness/prices below XDG_CONFIG_HOME or ~/.config. "
        "Looks at the models of providers.yaml and at those that WORDs name. A row of ours stands unless the other "
        "list names a later day. Nothing goes over the network."
    )
    for action in (listing, showing, checking, updating):
        action.add_argument("--at", type=instant, metavar="TIME", help="in force then, UTC (default: now)")
        action.add_argument("--json", action="store_true", help="JSON; rates are texts: none passes through a float")
        add_providers_option(action)
        add_prices_option(action)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    config = load_context(arguments.providers).config
    book = price_book(config, arguments.prices)
    at: datetime = arguments.at or datetime.now(UTC)
    match arguments.action:
        case "list":
            return _list(book, arguments.words, at, as_json=arguments.json)
        case "show":
            return _show(book, arguments.model, at, as_json=arguments.json)
        case "update":
            return update_prices(book, billed_models(config), arguments, at.date())
        case _:
            return _check(book, billed_models(config), at, as_json=arguments.json)


def _list(book: PriceBook, words: list[str], at: datetime, *, as_json: bool) -> int:
    names = [name for name in book.models() if all(word.lower() in name for word in words)]
    if not names:
        raise UsageError(
            f"no model with prices contains {' and '.join(words)}; {closest_names(words[0], book.models())}"
        )
    found = {name: book.price_at(*_split(name), at) for name in names}
    rows = [row for row in found.values() if isinstance(row, Price)]
    absent = [name for name, row in found.items() if isinstance(row, CostUnknown)]
    if as_json:
        print(_dumped({"at": instant_text(at), "prices": [price_fields(row) for row in rows], "no_row_then": absent}))
        return EXIT_OK
    lines = [list(LIST_COLUMNS), *(_list_cells(row, at) for row in rows)]
    print("\n".join(_ragged(lines)))
    print(
        f"{len(rows)} rows in force at {instant_text(at)}, per million tokens; harness prices show MODEL has all of one"
    )
    if absent:
        print(f"no row in force then: {', '.join(absent)}")
    return EXIT_OK


def _ragged(lines: list[list[str]]) -> Iterator[str]:
    """Aligned lines whose last column is free text."""
    for line, cells in zip(align_columns([row[:-1] for row in lines]), lines, strict=True):
        yield f"{line}  {cells[-1]}".rstrip()


def _list_cells(row: Price, at: datetime) -> list[str]:
    rates = row.rates
    cached = NOTHING if rates.cached is None else exact_text(rates.cached)
    since = row.effective_from.date().isoformat()
    also = "; ".join(_also(row, at))
    name = f"{row.provider}/{row.model}"
    return [name, since, row.currency, exact_text(rates.prompt), cached, exact_text(rates.completion), also]


def _also(row: Price, at: datetime) -> Iterator[str]:
    """What the plain rates do not tell."""
    if not (row.rates.prompt or row.rates.completion):
        yield f"free: {row.basis or row.notes}"
    if row.rates.thinking_completion is not None:
        yield f"thinking {exact_text(row.rates.thinking_completion)}"
    if row.rates.cache_write is not None:
        yield f"cache write {exact_text(row.rates.cache_write)}"
    yield from (f"from {tier.above_prompt_tokens + 1} prompt tokens: higher rate" for tier in row.tiers[:1])
    if row.windows:
        yield "by time of day"
    if row.service_tiers:
        yield "tiers " + ", ".join(sorted(row.service_tiers))
    if row.request_fee:
        yield f"{exact_text(row.request_fee)} per request"
    if row.fee_share:
        yield f"fee {exact_text(row.fee_share * 100)}%"
    if row.retired_on is not None:
        yield f"{'retired' if row.retired_on <= at.date() else 'retires'} {row.retired_on}"
    if row.confidence == "low":
        yield "low confidence"


def _show(book: PriceBook, model: str, at: datetime, *, as_json: bool) -> int:
    name = model.partition("@")[0]
    rows = book.rows(*_split(name))
    if not rows:
        raise UsageError(f"no price row of {name!r}; {closest_names(name, [*book.models(), *book.aliases])}")
    in_force = book.price_at(*_split(name), at)
    held = in_force.id if isinstance(in_force, Price) else None
    if as_json:
        reason = in_force.reason if isinstance(in_force, CostUnknown) else None
        fields = {
            "at": instant_text(at),
            "in_force": held,
            "reason": reason,
            "rows": [price_fields(row) for row in rows],
        }
        print(_dumped(fields))
        return EXIT_OK
    marked = next((row for row in rows if row.id == held), None)  # an own row may have a shipped one's id: own first
    for row in rows:
        print("\n".join(_row_lines(row, is_in_force=row is marked)))
        print()
    print(f"in force at {instant_text(at)}: {held}" if isinstance(in_force, Price) else in_force.reason)
    if isinstance(in_force, Price) and in_force.exchange is not None:
        rate = in_force.exchange
        print(f"converted at {exact_text(rate.per_usd)} {rate.currency} per USD of {rate.on} ({rate.source})")
    return EXIT_OK


def _row_lines(row: Price, *, is_in_force: bool) -> Iterator[str]:
    until = "no end" if row.effective_to is None else f"to {instant_text(row.effective_to)} (excluded)"
    mark = "  <- in force" if is_in_force else ""
    yield f"{row.id}: from {instant_text(row.effective_from)}, {until}{mark}"
    yield f"  {row.currency} per million tokens, {row.confidence} confidence, read on {row.read_on}"
    cells = [[f"  {when}", *rates] for when, *rates in (RATE_COLUMNS, *rate_rows(row))]
    used = [place for place in range(len(RATE_COLUMNS)) if any(row[place] != NOTHING for row in cells[1:])]
    yield from align_columns([[row[place] for place in used] for row in cells])
    if row.request_fee:
        yield f"  fee per request: {exact_text(row.request_fee)} {row.currency}"
    for condition, factor in row.surcharges.items():
        yield f"  surcharge: every rate times {exact_text(factor)} with {condition}"
    if row.fee_share:
        yield f"  gateway fee: {exact_text(row.fee_share * 100)}% of the token charges"
    if row.retired_on is not None:
        yield f"  retired on {row.retired_on}"
    yield from (f"  source: {'SIMULATED, made up' if source == 'simulated' else source}" for source in row.sources)
    if row.basis:
        yield f"  the date rests on: {row.basis}"
    if row.notes:
        yield f"  note: {row.notes}"


def _is_priced_here(found: ResolvedEntry) -> bool:
    """Whether providers.yaml itself has a price of tokens, or of GPU time."""
    return any((found.entry.price, found.host.price, found.entry.cost, found.host.cost))


def billed_models(config: Config) -> dict[str, date | None]:
    """The models of providers.yaml that a provider bills, each with the day its entry says it is retired, if exact."""
    found: dict[str, date | None] = {}
    for label in config.labels:
        resolved = config.find(label)
        if resolved.entry.simulate is None and not _is_priced_here(resolved):
            retired = resolved.entry.retired_on
            found[resolved.name] = None if retired is None else retired.first_day
    return found


def _check(book: PriceBook, models: Mapping[str, date | None], at: datetime, *, as_json: bool) -> int:
    lists, absent = installed_lists()
    findings = check_book(book, at.date(), models=models, lists=lists, absent=absent)
    counts = Counter(finding.level for finding in findings)
    if as_json:
        print(_dumped({"day": at.date().isoformat(), "findings": [_finding_fields(finding) for finding in findings]}))
    else:
        for finding in findings:
            print(f"{finding.level.value:<7}  {finding.price_id or 'the book'}: {finding.message}")
        rows = sum(1 for _ in book.all_rows())
        said = ", ".join(f"{counts[level]} {level.value}{'' if counts[level] == 1 else 's'}" for level in IssueLevel)
        verdict = "" if counts[IssueLevel.ERROR] else "; only errors fail this check"
        print(f"{rows} rows of {len(book.models())} models: {said}{verdict}")
    return EXIT_CHECK_FAILED if counts[IssueLevel.ERROR] else EXIT_OK


def _finding_fields(finding: PriceBookIssue) -> dict[str, object]:
    return {**asdict(finding), "level": finding.level.value}


def _split(name: str) -> tuple[str, str]:
    """(provider, model) of `provider/model`. Raises UsageError for anything else."""
    provider, slash, model = name.partition("/")
    if not slash or not provider or not model:
        raise UsageError(f"{name!r} is no model; write provider/model, such as deepseek/deepseek-chat")
    return provider, model


def _dumped(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
