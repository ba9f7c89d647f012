"""Which format some files have, by their content."""

from __future__ import annotations

from harness.core.errors import DataError, UsageError
from harness.core.labels import closest_names
from harness.importers.formats import (
    aider,
    arc_prize,
    artificial_analysis,
    atif,
    bullshit,
    bullshit_replies,
    evalscope,
    every_eval_ever,
    hal,
    inspect_log,
    lineage,
    lm_eval,
    openai_pairs,
    openhands,
    openrouter_usage,
    promptfoo,
    swebench,
    table,
)
from harness.importers.results import ImportedResults, ImportOptions, SourceFormat
from harness.importers.source_files import SourceFiles

FORMATS: tuple[SourceFormat, ...] = (
    hal.FORMAT,
    openhands.FORMAT,
    swebench.FORMAT,
    aider.FORMAT,
    arc_prize.FORMAT,
    artificial_analysis.FORMAT,
    bullshit.FORMAT,
    bullshit_replies.FORMAT,
    openrouter_usage.FORMAT,
    lineage.FORMAT,
    lm_eval.FORMAT,
    inspect_log.FORMAT,
    promptfoo.FORMAT,
    atif.FORMAT,
    evalscope.FORMAT,
    every_eval_ever.FORMAT,
    openai_pairs.FORMAT,
    table.FORMAT,
)
"""Narrow ones first: a table of any kind comes last."""


def read_source(files: SourceFiles, form: SourceFormat, options: ImportOptions) -> ImportedResults:
    """The results in the files. Raises DataError, too, where a value has another type than the format's."""
    shown = ", ".join(list(files.files)[:3])
    try:
        return form.read(files, options)
    except DataError as error:
        if any(name in str(error) for name in files.files):
            raise
        raise DataError(f"{shown}: {error}") from error
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, ArithmeticError) as error:
        raise DataError(
            f"{shown}: read as {form.name}, whose structure it has not ({type(error).__name__}: {error}); "
            "--format chooses another"
        ) from error


def format_of(files: SourceFiles, name: str | None = None, *, has_columns: bool = False) -> SourceFormat:
    """The format of that name, or the first that recognises the files; a table where the user maps its columns.

    Raises UsageError or DataError.
    """
    if name is not None:
        known = {one.name: one for one in FORMATS}
        if name not in known:
            raise UsageError(f"--format {name}: unknown; {closest_names(name, known)}")
        return known[name]
    if has_columns:
        return table.FORMAT
    found = next((one for one in FORMATS if one.matches(files)), None)
    if found is None:
        raise DataError(_why_unknown(files))
    return found


def other_formats(files: SourceFiles, form: SourceFormat) -> tuple[str, ...]:
    """Further formats that are among the files, of which nothing is read together with this one."""
    return tuple(one.name for one in FORMATS if one is not form and one is not table.FORMAT and one.matches(files))


def _why_unknown(files: SourceFiles) -> str:
    """What stands in the way of reading files of no known format: the damage, the missing columns, or the formats."""
    shown = ", ".join(list(files.files)[:3]) + (", ..." if len(files.files) > 3 else "")
    listed = ", ".join(one.name for one in FORMATS)
    if all(not files.bytes_of(name) for name in list(files.files)[:3]):
        return f"{shown}: empty"
    if files.problems:
        return f"no known format in {shown}: {next(iter(files.problems.values()))}"
    if any(_is_price_list(files, name) for name in files.files):
        return (
            f"{shown}: a list of prices, not of results: nothing to import or audit. "
            "Recomputed dollars come from the price book; --prices FILE adds rows to it"
        )
    for name in files.names(".csv", ".csv.gz", ".jsonl", ".jsonl.gz"):
        columns = list(files.first_row(name))
        if columns:
            return f"no known format in {shown}; as a table of any kind: {table.advice(columns)}. Known: {listed}"
    held = next((words for name in files.names(".json", ".json.gz") if (words := _entries(files, name))), "")
    return f"no known format in {shown}{held}; known: {listed}. A table of any kind: --map model=COLUMN,correct=COLUMN"


def _is_price_list(files: SourceFiles, name: str) -> bool:
    """Whether a table has the columns of prices and no verdict, or a YAML file has them for each model."""
    if name.endswith((".yml", ".yaml")):
        start = files.start_of(name)
        return b"pricing:" in start and b"input:" in start and b"output:" in start
    is_table = name.endswith((".csv", ".csv.gz", ".jsonl", ".jsonl.gz"))
    columns = set(files.first_row(name)) if is_table else set()
    return columns >= {"model", "input", "output"} and "correct" not in table.propose(list(columns))


def _entries(files: SourceFiles, name: str) -> str:
    """What the entries of a JSON file have, in brackets; why it cannot be read where it cannot."""
    try:
        content = files.json(name)
    except DataError as error:
        return f" ({error})"
    lists = [one for one in (content.values() if isinstance(content, dict) else [content]) if isinstance(one, list)]
    first = lists[0][0] if lists and lists[0] else content
    return f" (entries with {', '.join(list(first)[:8])})" if isinstance(first, dict) and first else ""
