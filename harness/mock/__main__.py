"""`python -m harness.mock`: serve simulated models from a JSON configuration, or one plain model without any."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from harness.config.simulation import Simulation
from harness.core.errors import HarnessError, LocalError
from harness.mock.config import MockConfig, config_from_json, free_price
from harness.mock.process import serve
from harness.mock.scenario import SimulatedModel

_EPILOG = """\
A configuration is one JSON object:
  {"models": [{"name": ..., "simulation": {...}, "price": {...}, "context_tokens": ...}],
   "samples": [{"id": ..., "prompt": ..., "target": ...}], "ledger": "FILE", "time_scale": 1.0}
The address is printed as one JSON line: {"url": ..., "ledger": ..., "pid": ...}.
Then try: curl URL/v1/models; faults are scripted with POST URL/_script; GET URL/_ledger shows what was billed.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.mock",
        description="An OpenAI-compatible server of simulated models on loopback.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument("--config", metavar="FILE", help="JSON file; - reads one line and serves until stdin ends")
    parser.add_argument("--ledger", metavar="FILE", type=Path, help="where billed attempts are written")
    parser.add_argument("--time-scale", type=float, help="1: simulated speed; 0: answer at once")
    options = parser.parse_args(arguments)
    try:
        config = _config(options.config)
        if options.ledger is not None:
            config = replace(config, ledger=options.ledger)
        if options.time_scale is not None:
            config = replace(config, time_scale=options.time_scale)
        return serve(config, port=options.port, ends_with_stdin=options.config == "-")
    except HarnessError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code


def _config(path: str | None) -> MockConfig:
    if path is None:
        model = SimulatedModel(name="mock-model", simulation=Simulation(), price=free_price("mock-model"))
        return MockConfig(models=(model,))
    if path == "-":
        return config_from_json(sys.stdin.buffer.readline().decode(), where="standard input")
    try:
        return config_from_json(Path(path).read_text(encoding="utf-8"), where=path)
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror or error}") from error


if __name__ == "__main__":
    sys.exit(main())
