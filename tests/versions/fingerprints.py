"""What figures rest on, as values that can be compared: prompts, verdicts, requests, readings, prices.

Each thing has a version and a mapping of parts to what they show: a grader the verdict on each committed response, a
dialect the request it builds and its reading of each committed payload, a task its content hash, a price file each row.
Nothing is sent, and no program is run: of the code grader it is the extracted program, the comparison of values and the
limits that count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from harness.core.labels import Effort
from harness.core.prices import Price
from harness.core.types import Completion, FinishReason, Json, Sample, SamplingParams, Timing, ToolCall
from harness.grading.base import GraderOptions, grade_completion, grader_names, make_grader
from harness.grading.code.equality import matches
from harness.grading.code.extraction.extract import extract
from harness.grading.code.grader import VERSION as CODE_VERSION
from harness.grading.sandbox.limits import ResourceLimits
from harness.pricing.read_prices import read_prices
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import TRAITS
from harness.tasks import prompts
from harness.tasks.load import find_task, task_names
from tests.providers.reading import endpoint, read_body, read_events

ROOT = Path(__file__).parents[2]
PAYLOADS = ROOT / "tests/providers/dialects"
GRADED = ROOT / "results/baseline/tasks/data"
PRICES = ROOT / "harness/facts/prices"
SAMPLES = Path(__file__).with_name("samples.yaml")
NOT_PRICE = frozenset({"sources", "read_on", "confidence", "basis", "notes"})
"""Fields of a price row that change no dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """One thing as it is now. `version` None: it has none, and only the changelog tells of a change."""

    version: str | None
    parts: Mapping[str, str] = field(default_factory=dict)


def fingerprints() -> dict[str, Fingerprint]:
    """Everything, by a name such as `grader math`, `dialect openai, readings`, `prices openai`, `prompts`."""
    found = {f"grader {name}": _grader(name) for name in grader_names() if name in _samples()}
    found["grader code"] = _code_grader()
    for name in dialect_loader.names():
        found |= {f"dialect {name}, requests": _requests(name), f"dialect {name}, readings": _readings(name)}
    found["prompts"] = _prompts()
    found |= {f"task {name}": _task(name) for name in task_names(None, ROOT)}
    found |= {f"prices {path.stem}": _prices(path) for path in sorted(PRICES.glob("*.yaml"))}
    return dict(sorted(found.items()))


def _samples() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = yaml.load(SAMPLES.read_text(encoding="utf-8"), yaml.CSafeLoader)
    found["math"] = [
        {"prompt": row["prompt"], "target": row["answer"], "text": row["reference"], **(row.get("tags") or {})}
        for row in _rows("graded-math")
    ]
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (GRADED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _grader(name: str) -> Fingerprint:
    grader = make_grader(name, GraderOptions())
    parts = {}
    try:
        for row in _samples()[name]:
            tags = {key: value for key, value in row.items() if key not in ("prompt", "target", "text", "calls")}
            sample = Sample(id="s", prompt=row.get("prompt", ""), target=row["target"], tags=tags)
            said = f"{row['text']} {row['calls']}" if "calls" in row else row["text"]
            grade = grade_completion(grader, sample, _completion(row))
            parts[f"{row['target']} <- {said}"] = f"{grade.verdict.value}: {grade.answer}"
    finally:
        grader.close()
    return Fingerprint(version=grader.version, parts=parts)


def _completion(row: Mapping[str, str]) -> Completion:
    """A response; `calls` holds a tool call a line, `name arguments`."""
    calls = [line.partition(" ") for line in row.get("calls", "").splitlines()]
    return Completion(
        text=row["text"],
        reasoning="",
        finish_reason=FinishReason.TOOL_CALLS if calls else FinishReason.STOP,
        timing=Timing(),
        tool_calls=tuple(ToolCall(name=name, arguments=arguments) for name, _, arguments in calls) or None,
    )


def _code_grader() -> Fingerprint:
    parts = {"limits": str(ResourceLimits())}
    for row in _rows("graded-code"):
        found = extract(row["reference"], entry_point=row["answer"]["entry_point"], prompt=row["prompt"])
        parts[row["id"]] = "no program" if found is None else _digest(found.source)
    for answer, expected in ((True, 1), ((1,), [1]), ([1], [1, 2]), (1, 1.0), (1.0, 1), (float("nan"), float("nan"))):
        parts[f"{answer!r} for {expected!r}"] = str(matches(answer, expected, None))
    return Fingerprint(version=CODE_VERSION, parts=parts)


def _readings(name: str) -> Fingerprint:
    cases = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    parts = {case["name"]: _digest(_reading(name, case)) for case in cases}
    return Fingerprint(version=str(dialect_loader.load(name).reading_version), parts=parts)


def _requests(name: str) -> Fingerprint:
    sample = Sample(id="s", prompt="What is 2 + 2?", target="4", system="Be brief.")
    wishes = (
        SamplingParams(),
        SamplingParams(temperature=0.7, top_p=0.9, max_tokens=2048, seed=7),
        SamplingParams(max_tokens=8192, thinking=True),
        SamplingParams(max_tokens=8192, thinking=False),
        *(SamplingParams(max_tokens=8192, effort=effort) for effort in Effort),
    )
    parts = {}
    for trait in ("without traits", *TRAITS):
        speaker = endpoint(name, *(trait,) * (trait in TRAITS))
        requests = (dialect_loader.build_request(speaker, sample, params, "key") for params in wishes)
        parts[trait] = _digest([[one.url, sorted(one.headers.items()), one.body.decode()] for one in requests])
    return Fingerprint(version=str(dialect_loader.load(name).version), parts=parts)


def _reading(name: str, case: Mapping[str, Json]) -> object:
    if "body" in case:
        reply = read_body(name, json.dumps(case["body"]).encode())
    else:
        events = case["stream"]
        assert isinstance(events, list)
        texts = [(event, data if isinstance(data, str) else json.dumps(data)) for event, data in events]
        reply = read_events(name, [(event, data.encode()) for event, data in texts])
    usage = None if reply.usage is None else asdict(reply.usage)
    error = None if reply.error is None else reply.error.kind.value
    return [usage, reply.text, reply.reasoning, reply.finish_reason, reply.reported_cost_usd, error]


def _prompts() -> Fingerprint:
    texts = {name: text for name, text in vars(prompts).items() if name.isupper() and isinstance(text, str)}
    return Fingerprint(version=None, parts=texts)


def _task(name: str) -> Fingerprint:
    _, task = find_task(name, cwd=ROOT)
    parts = {"grader": task.grader, "max_tokens": str(task.max_tokens), "content": str(task.content_hash)}
    return Fingerprint(version=str(task.version), parts=parts)


def _prices(path: Path) -> Fingerprint:
    content = read_prices(path)
    parts = {row.id: _digest(_billing(row)) for row in content.rows}
    return Fingerprint(version=None, parts=parts)


def _billing(row: Price) -> list[tuple[str, object]]:
    return sorted((name, value) for name, value in asdict(row).items() if name not in NOT_PRICE)


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=_plain)  # ASCII: a payload may hold half of a surrogate pair
    return sha256(text.encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
