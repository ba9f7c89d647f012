"""Output of EvalScope: reviews/MODEL/BENCHMARK_SUBSET.jsonl with verdicts, predictions/ of the same names with usage.

Read off evalscope/api/evaluator/cache.py and api/metric/scorer.py (2025-11). A score of 0 or 1 is a verdict, any other
is none. Repeats share a `group_id`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.core.errors import DataError
from harness.core.types import Attempt, Sample
from harness.importers.answers import completion_of, failure_of, text_of, usage_of_counts
from harness.importers.fields import decimal_of, finish_of, source_grade
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

REVIEW, PREDICTION = frozenset({"index", "sample_score"}), frozenset({"index", "model_output"})
LACKING = ("the day of each request", "the host", "dollars")


def _tables(files: SourceFiles) -> list[str]:
    """The reviews, or the predictions where there are no reviews."""
    return files.tables(REVIEW, ".jsonl") or files.tables(PREDICTION, ".jsonl")


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    taken: dict[tuple[str, str, str], int] = {}
    for name in _tables(files):
        model, task = _place(files, name)
        outputs = _outputs(files, name)
        for number, row in enumerate(files.json_lines(name), 1):
            where = f"{name}:{number}"
            if "index" not in row:
                raise DataError(f"{where}: a review has {', '.join(sorted(REVIEW))}")
            prediction = outputs.get(str(row["index"]), {}) if "sample_score" in row else row
            own = str(prediction.get("model") or model)
            sample = _sample(row)
            place = (own, task, sample.id)
            repeat = taken[place] = taken.get(place, -1) + 1
            samples.setdefault((task, sample.id), sample)
            answers.append(_answer(row, prediction, own, task, sample, repeat, where))
    return ImportedResults(
        published=Published(title="EvalScope output", lacking=LACKING),
        models=tuple(ImportedModel(name=one) for one in dict.fromkeys(one.model for one in answers)),
        answers=tuple(answers),
        samples=samples,
    )


def _place(files: SourceFiles, name: str) -> tuple[str, str]:
    """(model, task) by the folder and the name of a file."""
    folder, _, own = name.rpartition("/")
    model = folder.rpartition("/")[2] or files.paths[0].resolve().parent.name
    return model, own.removesuffix(".jsonl")


def _outputs(files: SourceFiles, review: str) -> dict[str, dict[str, Any]]:
    """Predictions by index, of the file of the same name and model."""
    parts = review.rsplit("/", 2)
    if len(parts) < 3 or not parts[0].endswith("reviews"):
        return {}
    beside = "/".join((f"{parts[0].removesuffix('reviews')}predictions", *parts[1:]))
    return {str(row.get("index")): row for row in files.json_lines(beside)} if beside in files.files else {}


def _sample(row: Mapping[str, Any]) -> Sample:
    scored = row.get("sample_score")
    group = scored.get("group_id") if isinstance(scored, dict) else None
    return Sample(
        id=str(row["index"] if group is None else group),
        prompt=text_of(row.get("input") or row.get("messages")),
        target=str(row.get("target") or ""),
    )


def _answer(
    row: Mapping[str, Any],
    prediction: Mapping[str, Any],
    model: str,
    task: str,
    sample: Sample,
    repeat: int,
    where: str,
) -> ImportedAnswer:
    score = (row.get("sample_score") or {}).get("score") or {}
    attempt = _attempt(prediction.get("model_output") or {}, score, where)
    values = score.get("value") or {}
    main = values.get(score.get("main_score_name"), next(iter(values.values()), None))
    verdict = decimal_of(int(main) if isinstance(main, bool) else main, where)
    has_text = bool(getattr(attempt, "text", "")) and bool(sample.target)
    answer = score.get("extracted_prediction")
    return ImportedAnswer(
        model=model,
        task=task,
        sample_id=sample.id,
        repeat=repeat,
        attempt=attempt,
        grade=None
        if verdict not in (0, 1) or not hasattr(attempt, "text")
        else source_grade("evalscope", verdict == 1, answer=answer if isinstance(answer, str) else None),
        has_text=has_text,
    )


def _attempt(output: Mapping[str, Any], score: Mapping[str, Any], where: str) -> Attempt:
    choices = output.get("choices") or [{}]
    text = text_of((choices[0].get("message") or {}).get("content")) or str(score.get("prediction") or "")
    if output.get("error") and not text:
        return failure_of(str(output["error"]))
    seconds, usage = decimal_of(output.get("time"), where), output.get("usage")
    return completion_of(
        text,
        total_s=None if seconds is None else float(seconds),
        usage=usage_of_counts(usage, where),
        raw_usage=usage if isinstance(usage, dict) else None,
        finish=finish_of(choices[0].get("stop_reason")),
    )


FORMAT = SourceFormat(
    name="evalscope",
    version=1,
    summary="EvalScope output (reviews, predictions)",
    matches=lambda files: bool(_tables(files)),
    read=_read,
)
