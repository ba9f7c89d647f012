"""`harness publish`: runs as a static site; sends nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.options.output import add_language_option
from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK
from harness.core.plurals import counted
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, or names in ./results")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR", help="where the site is written")
    add_language_option(parser)
    parser.add_argument("--texts", action="store_true", help="publish prompts and answers too")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from harness.viewer.site import publish  # jinja2 and charts, for pages alone

    folders = [RunDir.open(path) for path in arguments.runs]
    files = publish(folders, arguments.dir, has_texts=arguments.texts)
    print(f"{counted(len(files), 'file')} in {arguments.dir}; open {arguments.dir / 'index.html'}")
    if not arguments.texts:
        print("no prompt and no answer is in them; --texts publishes those too")
    return EXIT_OK
