"""Aider's leaderboards: a YAML list, a row is a run of 225 exercises (aider/website/_data/*.yml, read 2026-11)."""

from __future__ import annotations

import re
from typing import Any

import yaml

from harness.core.errors import DataError
from harness.importers.fields import count_of, day_of, decimal_of, dollars_of
from harness.importers.results import (
    BoardRow,
    ImportedResults,
    ImportOptions,
    ModelTokens,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

COMMAND_MODEL = re.compile(r"--model[ =](\S+)")
PROVIDERS = {"gemini": "google"}
"""Aider's names of providers (LiteLLM's) that are not ours."""
LACKING = (
    "verdicts by exercise, so no paired comparison",
    "cached tokens, so tokens x list price is an upper bound where the host caches",
    "the day of each request; the run's day is known",
)


def _matches(files: SourceFiles) -> bool:
    return any(
        b"dirname:" in files.start_of(name)[:4000] and b"pass_rate_" in files.start_of(name)[:4000]
        for name in files.names(".yml", ".yaml")
    )


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows: list[BoardRow] = []
    for name in files.names(".yml", ".yaml"):
        try:
            content = yaml.safe_load(files.text(name))
        except (yaml.YAMLError, RecursionError) as error:
            raise DataError(f"{name} is not complete YAML: {error}") from None
        if not isinstance(content, list):
            raise DataError(f"{name}: found {type(content).__name__}; an Aider board is a list of runs")
        board = name.rpartition("/")[2].partition(".")[0]
        rows += [_row(entry, board, f"{name}, run {number}") for number, entry in enumerate(content, 1)]
    published = Published(
        title="Aider leaderboards",
        url="https://github.com/Aider-AI/aider/tree/main/aider/website/_data",
        licence="Apache-2.0",
        published_on=max((day for row in rows for day in row.days), default=None),
        lacking=LACKING,
    )
    return ImportedResults(published=published, rows=tuple(rows))


def _row(entry: Any, board: str, where: str) -> BoardRow:
    if not isinstance(entry, dict) or not entry.get("dirname") or not entry.get("model"):
        raise DataError(f"{where}: a run has at least dirname and model")
    model = str(entry["model"])
    n, total = count_of(entry.get("test_cases"), where), count_of(entry.get("total_tests"), where)
    rate = decimal_of(entry.get("pass_rate_2", entry.get("pass_rate_1")), where)
    tokens = _tokens(entry, model, where)
    is_pair = " + " in model or entry.get("editor_model") is not None
    day = day_of(entry.get("date"))
    return BoardRow(
        id=str(entry["dirname"]),
        model=model,
        benchmark=board,
        n=n or total,
        correct=count_of(entry.get("pass_num_2", entry.get("pass_num_1")), where),
        accuracy=None if rate is None else float(rate / 100),
        usd=dollars_of(entry.get("total_cost"), where),
        usd_printed=None if entry.get("total_cost") is None else str(entry["total_cost"]),
        days=() if day is None else (day,),
        tokens=() if tokens is None or is_pair else (tokens,),
        figures={
            "seconds_per_case": decimal_of(entry.get("seconds_per_case"), where),
            "prompt_tokens": decimal_of(entry.get("prompt_tokens"), where),
            "completion_tokens": decimal_of(entry.get("completion_tokens"), where),
            "total_tests": decimal_of(total, where),
        },
        notes=("two models share one count of tokens: not priceable",) if is_pair else (),
    )


def _tokens(entry: dict[str, Any], model: str, where: str) -> ModelTokens | None:
    prompt, completion = count_of(entry.get("prompt_tokens"), where), count_of(entry.get("completion_tokens"), where)
    if prompt is None or completion is None:
        return None
    return ModelTokens(model=_host_of(entry) or model, prompt=prompt, completion=completion)


def _host_of(entry: dict[str, Any]) -> str | None:
    """provider/model as the command line names it; None where it names no provider."""
    found = COMMAND_MODEL.search(str(entry.get("command", "")))
    if found is None or "/" not in found[1]:
        return None
    provider, _, own = found[1].partition("/")
    return f"{PROVIDERS.get(provider, provider)}/{own}"


FORMAT = SourceFormat(name="aider", version=1, summary="Aider leaderboards (YAML)", matches=_matches, read=_read)
