"""`harness charts`: the charts of runs as PNG and SVG files; sends nothing."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from harness.cli.options.run_argument import run_path
from harness.core.errors import EXIT_OK, LocalError, UsageError
from harness.core.plurals import counted
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, or names in ./results")
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", help="where to write them (default: charts/ in the first run folder)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    from harness.report.charts.build import charts, read_figures  # numpy and scipy take 0.5 s
    from harness.report.charts.draw import HOW_TO_INSTALL, can_draw

    folders = [RunDir.open(path) for path in arguments.runs]
    if not can_draw():
        raise UsageError(HOW_TO_INSTALL)
    target: Path = arguments.dir or folders[0].path / "charts"
    try:
        target.mkdir(parents=True, exist_ok=True)
        written = [
            _write(target, _file_name([chart.run if len(folders) > 1 else "", chart.task, chart.name]), chart.files())
            for folder in folders
            for chart in charts(read_figures([folder]))
        ]
        if len(folders) > 1:
            trends = [chart for chart in charts(read_figures(folders)) if chart.name == "trend"]
            written += [_write(target, _file_name([chart.task, chart.name]), chart.files()) for chart in trends]
    except OSError as error:
        raise LocalError(f"cannot write charts to {target}: {error.strerror or error}") from error
    if not written:
        raise UsageError(f"no chart can be drawn of {', '.join(one.name for one in folders)}: no job has ended yet")
    print(f"{counted(len(written), 'chart')} as .png and .svg in {target}: {', '.join(written)}")
    return EXIT_OK


def _file_name(parts: Sequence[str]) -> str:
    return "-".join(re.sub(r"[^\w.-]+", "_", part) for part in parts if part)


def _write(target: Path, name: str, files: tuple[str, bytes]) -> str:
    svg, png = files
    (target / f"{name}.svg").write_text(svg, encoding="utf-8")
    (target / f"{name}.png").write_bytes(png)
    return name
