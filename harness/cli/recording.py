"""`harness recording`: look into a recording, convert it to or from a cassette of vcrpy."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from harness.cli.options.prices import instant
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.providers.recording.exchange import read_recording, write_exchange
from harness.providers.recording.vcr import cassette_of, exchanges_of
from harness.store.log import write_whole


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="what a recording holds")
    show.add_argument("folder", type=Path, metavar="DIR", help="a folder made by harness run --record")
    to_vcr = actions.add_parser("to-vcr", help="write a recording as a cassette of vcrpy")
    to_vcr.add_argument("folder", type=Path, metavar="DIR", help="a folder made by harness run --record")
    to_vcr.add_argument("file", type=Path, metavar="FILE", help="the cassette, YAML")
    to_vcr.add_argument("--force", action="store_true", help="replace FILE where it exists")
    from_vcr = actions.add_parser("from-vcr", help="write a cassette of vcrpy as a recording")
    from_vcr.add_argument("file", type=Path, metavar="FILE", help="the cassette, YAML")
    from_vcr.add_argument("folder", type=Path, metavar="DIR", help="where the recording goes")
    from_vcr.add_argument(
        "--recorded-at",
        type=instant,
        required=True,
        metavar="DATE",
        help="when it was recorded, which a cassette does not say and dollars depend on",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.action == "from-vcr":
        exchanges = exchanges_of(arguments.file, arguments.recorded_at)
        for exchange in exchanges:
            write_exchange(arguments.folder, exchange)
        print(f"{arguments.folder}: {counted(len(exchanges), 'exchange')} from {arguments.file}")
        return EXIT_OK
    exchanges = read_recording(arguments.folder)
    if arguments.action == "to-vcr":
        if arguments.file.exists() and not arguments.force:
            raise UsageError(f"{arguments.file} exists; --force replaces it")
        write_whole(arguments.file, cassette_of(exchanges).encode())
        print(f"{arguments.file}: {counted(len(exchanges), 'exchange')} from {arguments.folder}")
        return EXIT_OK
    first, last = exchanges[0].recorded_at, exchanges[-1].recorded_at
    print(f"{counted(len(exchanges), 'exchange')}, recorded {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC")
    for address, count in sorted(Counter(exchange.address for exchange in exchanges).items()):
        print(f"  {count:>6,}  {address}")
    broken = sum(exchange.broke is not None for exchange in exchanges)
    if broken:
        print(f"{counted(broken, 'exchange')} did not end well, and will not when replayed")
    return EXIT_OK
