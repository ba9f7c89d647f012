"""Trajectories in ATIF, as Harbor writes them: JSON with agent, steps and final metrics, a trial's result.json beside.

Cached tokens are inside the prompt tokens (ATIF v1.4, section on metrics). A trial's reward of 1 is a solved task.
"""

from __future__ import annotations

from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Sample, Usage
from harness.importers.answers import completion_of
from harness.importers.fields import count_of, decimal_of, dollars_of, source_grade
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

TASK = "harbor"
LACKING = ("the host", "latency of requests", "targets")


def _trajectories(files: SourceFiles) -> list[str]:
    return [name for name in files.names(".json") if b'"ATIF-' in files.start_of(name)[:400]]


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    answers: list[ImportedAnswer] = []
    taken: dict[tuple[str, str], int] = {}
    for name in _trajectories(files):
        content = files.json(name)
        agent = content.get("agent") if isinstance(content, dict) else None
        model = agent.get("model_name") if isinstance(agent, dict) else None
        if not model:
            raise DataError(f"{name}: a trajectory names agent.model_name")
        trial = _trial(files, name)
        sample = str(trial.get("task_name") or content.get("session_id") or name)
        repeat = taken[model, sample] = taken.get((model, sample), -1) + 1
        answers.append(_answer(content, trial, str(model), sample, repeat, name))
    names = dict.fromkeys(one.model for one in answers)
    return ImportedResults(
        published=Published(title="ATIF trajectories", lacking=LACKING),
        models=tuple(ImportedModel(name=one) for one in names),
        answers=tuple(answers),
        samples={(TASK, one.sample_id): Sample(id=one.sample_id, prompt="", target="") for one in answers},
    )


def _trial(files: SourceFiles, name: str) -> dict[str, Any]:
    """The result of the trial: result.json in a folder above the trajectory."""
    folder = name
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        if f"{folder}/result.json" in files.files:
            found = files.json(f"{folder}/result.json")
            return found if isinstance(found, dict) else {}
    found = files.json("result.json") if "result.json" in files.files else {}
    return found if isinstance(found, dict) else {}


def _answer(
    content: dict[str, Any], trial: dict[str, Any], model: str, sample: str, repeat: int, where: str
) -> ImportedAnswer:
    metrics, steps = content.get("final_metrics") or {}, content.get("steps") or [{}]
    prompt, completion = (count_of(metrics.get(f"total_{what}_tokens"), where) for what in ("prompt", "completion"))
    has_usage = prompt is not None and completion is not None
    usage = Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=count_of(metrics.get("total_cached_tokens"), where),
    )
    at = steps[0].get("timestamp")
    rewards = (trial.get("verifier_result") or {}).get("rewards") or {}
    reward = decimal_of(rewards.get("reward"), where)
    message = steps[-1].get("message")
    return ImportedAnswer(
        model=model,
        task=TASK,
        sample_id=sample,
        repeat=repeat,
        attempt=completion_of(
            message if isinstance(message, str) else "",
            at=utc(str(at)) if at else None,
            usage=usage if has_usage else None,
            raw_usage=metrics if has_usage else None,
            usd=dollars_of(metrics.get("total_cost_usd"), where),
        ),
        grade=None if reward is None else source_grade("harbor", reward == 1),
    )


FORMAT = SourceFormat(
    name="atif",
    version=1,
    summary="ATIF trajectories of Harbor",
    matches=lambda files: bool(_trajectories(files)),
    read=_read,
)
