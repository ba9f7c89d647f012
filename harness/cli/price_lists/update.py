"""`harness prices update`: newer rows from price lists that others maintain, into the user's overlay."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.core.prices import Price
from harness.pricing.book import PriceBook
from harness.pricing.compare_lists import PriceDifference, PriceDifferenceKind, differences
from harness.pricing.display import price_fields
from harness.pricing.overlay import overlay_files, overlay_folder, write_overlay
from harness.pricing.price_lists.listed_models import PriceList
from harness.pricing.price_lists.read import installed_lists, read_list
from harness.pricing.read_prices import read_prices


def update_prices(
    book: PriceBook, models: Mapping[str, date | None], arguments: argparse.Namespace, today: date
) -> int:
    """Compare, show, write; returns the exit code. Raises UsageError where no list or no folder can be found."""
    lists = _lists(arguments.files)
    names = sorted({*(name for name, retired in models.items() if retired is None or retired > today)})
    named = _named(lists, arguments.words)
    found = list(differences(book, lists, dict.fromkeys([*names, *named]), today))
    rows = [difference.row for difference in found if difference.row is not None]
    folder = None if arguments.dry_run else _folder()
    files = [] if folder is None or not rows else write_overlay(folder, _merged(rows))
    if arguments.json:
        print(json.dumps(_fields(found, lists, files), indent=1, ensure_ascii=False))
        return EXIT_OK
    print("\n".join(_lines(found, lists, files, dry_run=arguments.dry_run)))
    return EXIT_OK


def _lists(files: Sequence[Path]) -> list[PriceList]:
    lists = [read_list(path) for path in files] if files else installed_lists()[0]
    if not lists:
        raise UsageError(
            "no price list is installed: pip install genai-prices or litellm, or name a file with --from "
            "(litellm's model_prices_and_context_window.json, genai-prices' data.json, models.dev's api.json)"
        )
    return lists


def _named(lists: Iterable[PriceList], words: Sequence[str]) -> list[str]:
    if not words:
        return []
    known = sorted({name for one in lists for name in one.models})
    found = [name for name in known if all(word.lower() in name for word in words)]
    if not found:
        raise UsageError(f"no model of {' or '.join(one.title for one in lists)} contains {' and '.join(words)}")
    return found


def _folder() -> Path:
    folder = overlay_folder(os.environ)
    if folder is None:
        raise UsageError("there is no home folder to write to: set HARNESS_PRICES_DIR")
    return folder


def _merged(rows: Sequence[Price]) -> list[Price]:
    """The overlay's own rows with the new ones in their place."""
    earlier = [row for path in overlay_files(os.environ) for row in read_prices(path).rows]
    return list({row.id: row for row in [*earlier, *rows]}.values())


def _lines(
    found: Sequence[PriceDifference], lists: Sequence[PriceList], files: Sequence[Path], *, dry_run: bool
) -> Iterator[str]:
    yield f"compared with {' and '.join(one.title for one in lists)}"
    for difference in found:
        confidence = "" if difference.row is None else f", {difference.row.confidence} confidence"
        ours = "" if difference.ours is None else f", ours read on {difference.ours.read_on}"
        yield f"{difference.kind.value:<11}  {difference.name}: {difference.words}{ours}{confidence}"
    counts = Counter(difference.kind for difference in found)
    said = [f"{counts[kind]} {kind.value}" for kind in PriceDifferenceKind if counts[kind]]
    yield f"{counted(len(found), 'difference')}{': ' if said else ''}{', '.join(said)}"
    if counts[PriceDifferenceKind.CONTRADICTION]:
        yield "a contradiction without a later date changes nothing: our row is the better sourced one"
    taken = sum(difference.row is not None for difference in found)
    if not taken:
        yield "nothing to write"
    elif dry_run:
        yield f"{counted(taken, 'row')} not written (--dry-run)"
    else:
        yield f"{counted(taken, 'row')} written to {', '.join(map(str, files))}"


def _fields(found: Sequence[PriceDifference], lists: Sequence[PriceList], files: Sequence[Path]) -> dict[str, object]:
    return {
        "lists": [{"title": one.title, "url": one.url} for one in lists],
        "differences": [
            {
                "kind": difference.kind.value,
                "model": difference.name,
                "words": difference.words,
                "lists": list(difference.lists),
                "ours": None if difference.ours is None else difference.ours.id,
                "row": None if difference.row is None else price_fields(difference.row),
            }
            for difference in found
        ],
        "files": [str(path) for path in files],
    }
