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


def format_of(files: SourceFiles, name: str | None = None) -> SourceFormat:
    """The format of that name, or the first that recognises the files. Raises UsageError or DataError."""
    if name is not None:
        known = {one.name: one for one in FORMATS}
        if name not in known:
            raise UsageError(f"--format {name}: unknown; {closest_names(name, known)}")
        return known[name]
    found = next((one for one in FORMATS if one.matches(files)), None)
    if found is None:
        shown = ", ".join(list(files.files)[:3])
        listed = ", ".join(one.name for one in FORMATS)
        raise DataError(f"no known format in {shown}; known: {listed}. A table of any kind: --map correct=COLUMN,...")
    return found
