"""Options that several commands about prices share: price files of one's own, and an instant."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from harness.config.load import Config
from harness.core.clock import utc
from harness.core.types import Endpoint
from harness.pricing.book import PriceBook, load_book
from harness.pricing.overlay import overlay_files


def add_prices_option(parser: argparse._ActionsContainer) -> None:
    """The option that names price files; their rows go before the shipped ones."""
    parser.add_argument(
        "--prices",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="price rows of your own, before the shipped ones",
    )


def price_book(config: Config, files: Sequence[Path], endpoints: Sequence[Endpoint] = ()) -> PriceBook:
    """All prices that hold for a command: own ones, `--prices` files, the user's overlay, the shipped book.

    Raises ConfigError for a price that cannot be read.
    """
    return load_book(written=config.prices(endpoints), extra_files=files, overlay=overlay_files(os.environ))


def instant(text: str) -> datetime:
    """An instant in ISO 8601, UTC where it names no zone, for argparse."""
    try:
        return utc(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an instant such as 2025-11-15T10:00Z or 2025-11-15 (midnight UTC)"
        ) from None
