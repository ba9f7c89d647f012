"""`harness claims`: published claims checked with runs, dated list prices and published scores."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.cli.options.run_argument import run_path
from harness.config.load import Config
from harness.core.errors import EXIT_OK, ConfigError, UsageError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.pricing.book import PriceBook
from harness.report.claims.availability import is_same_model
from harness.report.claims.claim_file import ClaimEntry, ClaimKind
from harness.report.claims.computed import ComputedChecks
from harness.report.claims.contradictions import Contradiction, contradictions, unknown_partners
from harness.report.claims.evaluate import ClaimEvaluator, ClaimResult
from harness.report.claims.ledger import ClaimLedger, load_ledger
from harness.report.claims.measure import RunMeasurements
from harness.report.claims.render import details_document, plan_document, results_document
from harness.report.claims.run_plan import ClaimRunPlanner
from harness.report.claims.verdict import ClaimVerdict
from harness.report.render.formats import OutputFormat
from harness.report.run_data.load import RunData
from harness.report.run_data.series import SeriesSet, load_series
from harness.store.log import write_whole


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="*", type=run_path, metavar="RUN", help="run folders, or names in ./results")
    which = parser.add_argument_group("which claims")
    which.add_argument("--id", dest="ids", action="append", default=[], metavar="ID", help="only this claim, in full")
    which.add_argument(
        "--kind",
        choices=[kind.value for kind in ClaimKind],
        metavar="KIND",
        help="only claims of this kind: " + ", ".join(kind.value for kind in ClaimKind),
    )
    which.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="WORD",
        help="only with this word in any of their texts; repeatable",
    )
    which.add_argument("--model", metavar="MODEL", help="only about this model: provider/model or part of it")
    which.add_argument("--open", action="store_true", help="only undecided claims")
    which.add_argument(
        "--ledger",
        dest="ledgers",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="your own claims instead of the shipped ones",
    )
    check = parser.add_argument_group("how they are checked and shown")
    check.add_argument(
        "--at",
        type=instant,
        metavar="DATE",
        help="prices and models of this day (default: of the text)",
    )
    check.add_argument("--plan", action="store_true", help="runs that would decide the undecided, with cost")
    check.add_argument("--html", type=Path, metavar="FILE", help="write a page for readers new to the subject")
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_prices_option(own)
    add_output_options(parser, has_json_option=True)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    config = load_context(arguments.providers).config
    book = price_book(config, arguments.prices)
    ledger = load_ledger(arguments.ledgers)
    wrong = unknown_partners(ledger)
    if wrong:
        raise ConfigError("\n".join(wrong))
    _check_ids(arguments.ids, ledger)
    now: datetime = arguments.at or datetime.now(UTC)
    evidence = load_series(RunData.load(path) for path in arguments.runs)
    results = _chosen(_evaluator(arguments.at, now, config, book, ledger, evidence).evaluate_all(ledger), arguments)
    if not results:
        raise UsageError(_nothing_found(arguments, ledger))
    if arguments.plan and arguments.html is not None:
        raise UsageError("--html writes the verdicts; harness claims --plan --format html > FILE writes the plan")
    if arguments.plan:
        planner = ClaimRunPlanner(config=config, book=book, at=now, evidence=evidence)
        planned, left = planner.plan(results)
        print_document(plan_document(planned, left), arguments)
        return EXIT_OK
    if arguments.html is not None:
        return _write_page(arguments, results, ledger, evidence.notes)
    conflicts = _touching(contradictions(ledger), results)
    if arguments.ids:
        found = details_document(results, conflicts, ledger)
    else:
        found = results_document(results, conflicts, ledger, evidence.notes)
    print_document(found, arguments)
    return EXIT_OK


def _write_page(
    arguments: argparse.Namespace, results: Sequence[ClaimResult], ledger: ClaimLedger, notes: Sequence[str]
) -> int:
    from harness.report.claims.page import claims_page  # jinja2, for pages alone

    target: Path = arguments.html
    if arguments.format is not OutputFormat.TEXT:
        raise UsageError(f"--html writes a page, not {arguments.format.value}: give one of the two")
    if not target.parent.is_dir():
        raise UsageError(f"--html {target}: the folder {target.parent} does not exist")
    if target.is_dir():
        raise UsageError(f"--html {target}: this is a folder; name a file in it, such as {target / 'claims.html'}")
    text = claims_page(results, ledger, notes).encode()
    write_whole(target, text)
    print(f"{target}: {counted(len(results), 'claim')}, {len(text) / 1e3:,.0f} kB, opens from disk")
    return EXIT_OK


def _evaluator(
    at: datetime | None, now: datetime, config: Config, book: PriceBook, ledger: ClaimLedger, evidence: SeriesSet
) -> ClaimEvaluator:
    computed = {
        file.article: ComputedChecks(
            book=book,
            at=at or datetime.combine(file.prices_on, datetime.min.time(), UTC),
            scores=ledger.scores,
        )
        for _, file in ledger.files
    }
    measurements = None
    if evidence.series:
        measurements = RunMeasurements(
            evidence=evidence,
            is_same=lambda one, other: is_same_model(one, other, config),
            is_gone=lambda name: _is_gone(name, config, now),
        )
    return ClaimEvaluator(computed=computed, measurements=measurements, config=config, today=now.date())


def _is_gone(name: str, config: Config, now: datetime) -> bool:
    """Whether the model was withdrawn; one that this folder's providers.yaml does not know counts as served."""
    try:
        return config.is_retired(name, today=now.date())
    except ConfigError:
        return False


def _check_ids(ids: Sequence[str], ledger: ClaimLedger) -> None:
    for name in ids:
        if name not in ledger.ids:
            raise UsageError(f"no claim {name!r}; {closest_names(name, ledger.ids)}")


def _chosen(results: Sequence[ClaimResult], arguments: argparse.Namespace) -> list[ClaimResult]:
    return [
        one
        for one in results
        if (not arguments.ids or one.claim.id in arguments.ids)
        and (arguments.kind is None or one.claim.kind.value == arguments.kind)
        and (not arguments.open or one.verdict is ClaimVerdict.UNDECIDED)
        and (arguments.model is None or _is_about(one.claim, arguments.model))
        and all(word.casefold() in _searched_text(one.claim) for word in arguments.search)
    ]


def _is_about(claim: ClaimEntry, model: str) -> bool:
    return any(model.casefold() in name.casefold() for name in claim.models)


def _searched_text(claim: ClaimEntry) -> str:
    """All of a claim that --search looks at, in one case."""
    parts = (claim.id, claim.quote, claim.paraphrase, claim.notes, claim.why, *claim.models, *claim.benchmark)
    return "\n".join(parts).casefold()


def _nothing_found(arguments: argparse.Namespace, ledger: ClaimLedger) -> str:
    """Which of the options left nothing, and what is accepted."""
    asked = [f"--search {word!r}" for word in arguments.search]
    asked += [f"--id {name}" for name in arguments.ids]
    asked += [f"--kind {arguments.kind}"] if arguments.kind else []
    asked += ["--open"] if arguments.open else []
    known = sorted({name for _, entry in ledger.claims for name in entry.models})
    if arguments.model and not any(_is_about(entry, arguments.model) for _, entry in ledger.claims):
        return f"no claim is about the model {arguments.model!r}; {closest_names(arguments.model, known)}"
    asked += [f"--model {arguments.model}"] if arguments.model else []
    return f"no claim of the ledger fits {' and '.join(asked) or 'these options'}; harness claims lists all"


def _touching(conflicts: Sequence[Contradiction], results: Sequence[ClaimResult]) -> list[Contradiction]:
    shown = {one.claim.id for one in results}
    return [one for one in conflicts if shown & set(one.claims)]
