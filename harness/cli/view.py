"""`harness view`: look at runs, samples and answers in a browser; read-only, on this machine alone."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.options.context import integer
from harness.cli.options.output import add_language_option
from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted

if TYPE_CHECKING:
    from harness.viewer.server import Viewer


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "runs", nargs="*", type=run_path, metavar="RUN", help="run folders, or folders of them (default: results)"
    )
    parser.add_argument("--port", type=integer, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)")
    add_language_option(parser)
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from harness.viewer.server import Viewer, serve  # aiohttp and jinja2 take 0.3 s

    runs = arguments.runs or [Path("results")]
    for path in runs:
        if not path.is_dir():
            raise UsageError(f"{path} is not a folder; give run folders, or a folder of them such as results")
    viewer = Viewer(runs=runs)
    if not viewer.folders():
        raise UsageError(f"no run folder in {', '.join(map(str, runs))}: none has a manifest.json")

    def ready(viewer: Viewer) -> None:
        print(f"viewing {counted(len(viewer.folders()), 'run')} at {viewer.address}\nCtrl-C stops", flush=True)
        if not arguments.no_browser:
            webbrowser.open(viewer.address)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(viewer, port=arguments.port, ready=ready))
    return EXIT_OK
