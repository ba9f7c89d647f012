"""Results as Hugging Face evaluation results: `.eval_results/TASK.yaml` files for the model's repository.

Format: huggingface.co/docs/hub/eval-results, read 2026-11-30. Only measured results of tasks whose samples are a public
data set's are written; `task_id` is the data set's configuration, which its eval.yaml may name otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from harness.core.errors import UsageError
from harness.core.plurals import counted
from harness.core.types import Origin
from harness.exporters.results import PublishableResult, publishable
from harness.report.render.number_format import dollars
from harness.report.run_data.load import RunData


def files(runs: Sequence[RunData]) -> tuple[dict[str, str], list[str]]:
    """The files by path, `DEVELOPER/MODEL/.eval_results/TASK.yaml`, and notes on what is left out.

    Raises UsageError where nothing is left.
    """
    results, notes = publishable(runs)
    written: dict[str, str] = {}
    for result in results:
        where = f"{result.endpoint.label} on {result.task.name}"
        if result.summary.origin is not Origin.LIVE:
            notes.append(f"{where}: {result.summary.origin.value}; left out")
        elif result.source is None or result.source.hub_id is None:
            notes.append(f"{where}: its samples are not a data set of the hub; left out")
        else:
            path = f"{result.model_id}/.eval_results/{_file_name(result)}.yaml"
            written[path] = yaml.safe_dump([_entry(result, result.source.hub_id)], sort_keys=False, allow_unicode=True)
    if not written:
        raise UsageError("\n".join(["no result to export as hf-eval-results:", *notes]))
    return written, notes


def _file_name(result: PublishableResult) -> str:
    effort = result.endpoint.label.rpartition("@")[2] if "@" in result.endpoint.label else ""
    return "_".join(part for part in (result.task.name, effort, result.endpoint.provider) if part)


def _entry(result: PublishableResult, dataset: str) -> dict[str, object]:
    assert result.source is not None
    found: dict[str, object] = {"id": dataset, "task_id": result.source.hub_config or "default"}
    if result.source.revision is not None:
        found["revision"] = result.source.revision
    return {
        "dataset": found,
        "value": round(100 * result.accuracy.estimate, 2),
        "date": result.manifest.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "notes": _notes(result),
    }


def _notes(result: PublishableResult) -> str:
    summary, accuracy = result.summary, result.accuracy
    parts = [
        f"accuracy in percent, 95% CI [{100 * accuracy.low:.2f}, {100 * accuracy.high:.2f}]",
        f"{counted(summary.graded, 'graded answer')} to {counted(result.task.samples, 'sample')}",
        f"served by {result.endpoint.provider}",
        f"${dollars(summary.usd_per_correct)} per correct answer" if summary.usd_per_correct is not None else "",
        f"price-performance-harness {result.manifest.harness_version}, zero-shot",
    ]
    return "; ".join(part for part in parts if part)
