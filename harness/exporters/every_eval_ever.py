"""Results as records of Every Eval Ever (evalevalai.com, schema 0.3.0): one JSON file per model and task.

Dollars are an extension: a second result with the metric `price_performance_harness.usd_per_job`, and exact amounts
among the details of the accuracy. Simulated models say SIMULATED in every name.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal

from harness.core.types import Origin
from harness.exporters.results import PublishableResult, publishable
from harness.pricing.exact import exact_text
from harness.report.render.mode import mode_of
from harness.report.run_data.load import RunData
from harness.run.planning.plan import effective_params

SCHEMA_VERSION = "0.3.0"
LIBRARY = "price-performance-harness"


def files(runs: Sequence[RunData]) -> tuple[dict[str, str], list[str]]:
    """The files by their path in the database, and notes on what is left out.

    A path is `data/TASK/DEVELOPER/MODEL/UUID.json`; the same run gives the same UUID.
    """
    results, notes = publishable(runs)
    return {_path(result): json.dumps(_log(result), indent=2, ensure_ascii=False) + "\n" for result in results}, notes


def _path(result: PublishableResult) -> str:
    named = f"{result.run} {result.manifest.created_at.isoformat()} {result.endpoint.label} {result.task.name}"
    unique = uuid.UUID(bytes=hashlib.sha256(named.encode()).digest()[:16], version=4)
    task = result.task.name.replace(":", "-")
    developer, _, model = result.model_id.partition("/")
    return f"data/{task}/{developer}/{model.replace('/', '_')}/{unique}.json"


def _log(result: PublishableResult) -> dict[str, object]:
    manifest, endpoint = result.manifest, result.endpoint
    when = str(int(manifest.created_at.timestamp()))
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": f"{result.task.name}/{result.model_id}/{when}",
        "evaluation_timestamp": when,
        "retrieved_timestamp": when,
        "source_metadata": {
            "source_name": _marked(LIBRARY, result),
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
            "additional_details": {"run": result.run, "mode": _mode(result)},
        },
        "eval_library": {
            "name": LIBRARY,
            "version": manifest.harness_version,
            "additional_details": {
                "grader": result.task.grader,
                **{
                    f"dialect_{name}": str(version)
                    for name, version in manifest.dialects.items()
                    if name == endpoint.dialect
                },
            },
        },
        "model_info": {
            "name": _marked(endpoint.label, result),
            "id": result.model_id,
            "developer": result.model_id.partition("/")[0],
            "inference_platform": endpoint.provider,
            "additional_details": {
                "deployment_type": "self_deployed" if result.is_local else "externally_managed",
                "model_availability": "unknown",
                "mode": _mode(result),
            },
        },
        "evaluation_results": [_accuracy(result), *_dollars(result)],
    }


def _mode(result: PublishableResult) -> str:
    return mode_of([result.summary.origin])


def _marked(name: str, result: PublishableResult) -> str:
    return name if result.summary.origin is Origin.LIVE else f"{_mode(result)} {name}"


def _accuracy(result: PublishableResult) -> dict[str, object]:
    found, summary = result.accuracy, result.summary
    counts = {
        "graded": summary.graded,
        "correct": summary.correct,
        "planned": summary.planned,
        "errors": summary.failed,
        "repeats": result.manifest.repeats,
    }
    return {
        **_result(result, "accuracy"),
        "metric_config": {
            "evaluation_description": "correct / graded; errors are excluded, truncated and refused are incorrect",
            "metric_id": "accuracy",
            "metric_name": "Accuracy",
            "metric_kind": "accuracy",
            "metric_unit": "proportion",
            "lower_is_better": False,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
        },
        "score_details": {
            "score": found.estimate,
            "details": {**{name: str(count) for name, count in counts.items()}, **_exact_dollars(result)},
            "uncertainty": {
                "confidence_interval": {
                    "lower": found.low,
                    "upper": found.high,
                    "confidence_level": found.confidence,
                    "method": found.method,
                },
                "num_samples": len(summary.by_sample.order),
            },
        },
    }


def _dollars(result: PublishableResult) -> list[dict[str, object]]:
    """Mean billed dollars of a job, retries included; nothing where they are unknown."""
    summary = result.summary
    if summary.spent_usd is None or not summary.jobs:
        return []
    return [
        {
            **_result(result, "usd-per-job"),
            "metric_config": {
                "evaluation_description": "billed US dollars per job at list prices, retries included",
                "metric_id": "price_performance_harness.usd_per_job",
                "metric_name": "Dollars per job",
                "metric_kind": "cost",
                "metric_unit": "USD",
                "lower_is_better": True,
                "score_type": "continuous",
                "min_score": 0.0,
                "max_score": "Infinity",
            },
            "score_details": {"score": float(summary.spent_usd / summary.jobs), "details": _exact_dollars(result)},
        }
    ]


def _exact_dollars(result: PublishableResult) -> dict[str, str]:
    amounts = {"spent_usd": result.summary.spent_usd, "usd_per_correct": result.summary.usd_per_correct}
    return {name: exact_text(amount) for name, amount in amounts.items() if isinstance(amount, Decimal)}


def _result(result: PublishableResult, metric: str) -> dict[str, object]:
    return {
        "evaluation_result_id": f"{result.task.name}:{metric}",
        "evaluation_name": _marked(result.task.name, result),
        "source_data": _source_data(result),
        "evaluation_timestamp": str(int(result.manifest.created_at.timestamp())),
        "generation_config": _generation(result),
    }


def _source_data(result: PublishableResult) -> Mapping[str, object]:
    task = result.task
    details = {
        "task_version": str(task.version),
        "content_hash": task.content_hash,
        "origin": task.origin,
        "licence": task.licence,
    }
    if result.source is None or result.source.hub_id is None:
        return {"dataset_name": task.name, "source_type": "other", "additional_details": details}
    return {
        "dataset_name": task.name,
        "source_type": "hf_dataset",
        "hf_repo": result.source.hub_id,
        "hf_split": result.source.hub_split,
        "samples_number": task.samples,
        "additional_details": details,
    }


def _generation(result: PublishableResult) -> dict[str, object]:
    """The settings asked for; what is not sent is left out, so the provider's default holds."""
    manifest, endpoint = result.manifest, result.endpoint
    params = effective_params(manifest.params, endpoint, result.task.max_tokens)
    reasoning = endpoint.reasoning_enabled(params)
    arguments = {
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_tokens": params.max_tokens,
        "reasoning": reasoning,
        "prompt_template": manifest.prompt_template,
    }
    details = {
        "seed_of_the_order": str(manifest.seed),
        "repeats": str(manifest.repeats),
        "limit": "none" if manifest.limit is None else str(manifest.limit),
        "effort": "not sent" if params.effort is None else params.effort.value,
        "system_message": manifest.system or "none",
    }
    return {
        "generation_args": {name: value for name, value in arguments.items() if value is not None},
        "additional_details": details,
    }
