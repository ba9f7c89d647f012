"""`harness mock`: the simulated provider as a server on loopback, for trying clients and for CI."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path

from harness.api.simulator import simulated_models
from harness.cli.options.context import (
    add_grader_option,
    add_providers_option,
    add_task_options,
    load_context,
    load_tasks,
)
from harness.cli.options.prices import price_book
from harness.core.prices import Price
from harness.mock.config import MockConfig
from harness.mock.process import serve
from harness.mock.scenario_rules import read_scenario


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="tasks whose problems it can answer (default: core-*)")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="rules in YAML: which answers and faults")
    parser.add_argument("--port", type=_port, default=8080, metavar="PORT", help="0 takes any free one (default: 8080)")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="append what is billed, one JSON line per answer")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="times as fast as simulated; 0 answers at once"
    )
    add_grader_option(parser)
    add_task_options(parser)
    add_providers_option(parser)
    parser.epilog = (
        "Answers are SIMULATED: made up from the models of `sim` in providers.yaml. Every dialect has its own\n"
        "address, such as /xai/v1/chat/completions; /v1 speaks the OpenAI one, in which a model that reasons refuses\n"
        "max_tokens: an entry of providers.yaml with `dialect: generic` goes to /generic/v1. More: docs/mock.md."
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a whole number from 0 to 65535 is accepted")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 <= speed < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed: a number from 0 on is accepted, such as 10")
    return speed


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped; returns the exit code. Raises LocalError when the port is taken."""
    place = load_context(arguments.providers)
    loaded = load_tasks(arguments.tasks or ["core-math", "core-code"], arguments, place, grader=arguments.grader)
    book = price_book(place.config, ())
    now = datetime.now(UTC)
    rows = {model: book.price_at("sim", model, now) for model in place.config.simulations()}
    prices = {model: row for model, row in rows.items() if isinstance(row, Price)}
    models = simulated_models(place.config, prices)
    samples = tuple(sample for task in loaded for sample in task.samples)
    names, ids = [model.name for model in models], [sample.id for sample in samples]
    rules = () if arguments.scenario is None else read_scenario(arguments.scenario, models=names, sample_ids=ids)
    config = MockConfig(
        models=models,
        samples=samples,
        rules=rules,
        ledger=arguments.ledger,
        time_scale=0.0 if arguments.speed == 0 else 1.0 / arguments.speed,
    )
    return serve(config, port=arguments.port)
