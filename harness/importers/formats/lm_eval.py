"""Samples of lm-evaluation-harness (`--log_samples`): samples_TASK_DATE.jsonl beside results_DATE.json.

The rows do not name the model; it stands in the results file or is the folder's name. Tokens and dollars are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.core.errors import DataError
from harness.core.types import Sample
from harness.importers.answers import completion_of
from harness.importers.fields import decimal_of, source_grade
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"doc_id", "target", "filtered_resps"})
FILE = re.compile(r"samples_(?P<task>.+?)_\d{4}-\d\d-\d\dT[^/]*\.jsonl$")
METRICS = ("exact_match", "acc", "acc_norm", "pass@1", "prompt_level_strict_acc")
LACKING = ("tokens", "dollars", "latency", "the day of each request")


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    for name in files.tables(KNOWN_BY, ".jsonl", ".jsonl.gz"):
        model, found = _model_of(files, name), FILE.search(name)
        task = found["task"].rpartition("/")[2] if found else name.rpartition("/")[2].partition(".")[0]
        seen: set[str] = set()
        for number, row in enumerate(files.json_lines(name), 1):
            where = f"{name}:{number}"
            if not row.keys() >= KNOWN_BY:
                raise DataError(f"{where}: a sample has {', '.join(sorted(KNOWN_BY))}")
            sample = Sample(id=str(row["doc_id"]), prompt=_prompt(row), target=str(row["target"]))
            if sample.id in seen:  # one row for each filter; the first one counts
                continue
            seen.add(sample.id)
            samples.setdefault((task, sample.id), sample)
            answers.append(_answer(row, model, task, sample, where))
    names = dict.fromkeys(one.model for one in answers)
    return ImportedResults(
        published=Published(title="lm-evaluation-harness samples", lacking=LACKING),
        models=tuple(ImportedModel(name=one) for one in names),
        answers=tuple(answers),
        samples=samples,
    )


def _model_of(files: SourceFiles, name: str) -> str:
    """Of the results file of the same folder, else the folder's own name with `__` for `/`."""
    folder = name.rpartition("/")[0]
    for one in files.names(".json"):
        if one.rpartition("/")[0] == folder and "results" in one:
            content = files.json(one)
            if isinstance(content, dict) and content.get("model_name"):
                return str(content["model_name"])
    own = folder.rpartition("/")[2] or files.paths[0].resolve().parent.name
    if not own:
        raise DataError(f"{name}: no results file beside it names the model")
    return own.replace("__", "/")


def _prompt(row: Mapping[str, Any]) -> str:
    arguments = row.get("arguments")
    first = next(iter(arguments.values()), None) if isinstance(arguments, dict) else arguments
    while isinstance(first, list) and first:
        first = first[0]
    if isinstance(first, dict):
        first = first.get("arg_0")
    return first if isinstance(first, str) else ""


def _answer(row: Mapping[str, Any], model: str, task: str, sample: Sample, where: str) -> ImportedAnswer:
    text: Any = row.get("resps")
    while isinstance(text, list) and text:
        text = text[0]
    score = next((decimal_of(row[name], where) for name in METRICS if row.get(name) is not None), None)
    is_text = isinstance(text, str)
    return ImportedAnswer(
        model=model,
        task=task,
        sample_id=sample.id,
        attempt=completion_of(text if is_text else ""),
        grade=None if score not in (0, 1) else source_grade("lm-eval", score == 1),
        has_text=is_text and bool(text and sample.target),
    )


FORMAT = SourceFormat(
    name="lm-eval",
    version=1,
    summary="lm-evaluation-harness --log_samples",
    matches=lambda files: bool(files.tables(KNOWN_BY, ".jsonl", ".jsonl.gz")),
    read=_read,
)
