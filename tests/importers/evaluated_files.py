"""Files of evaluation tools, written for the tests of their formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.importers.foreign_files import write


def folder(root: Path, **files: list[dict[str, Any]]) -> Path:
    """Files of JSON Lines by their name, `__` for a slash."""
    for name, rows in files.items():
        path = root / f"{name.replace('__', '/')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, *rows)
    return root


def review(index: int, score: float, **more: object) -> dict[str, Any]:
    inner = {"score": {"value": {"acc": score}, "extracted_prediction": "4", "prediction": "It is 4."}, **more}
    return {"index": index, "input": "2+2?", "target": "4", "sample_score": inner}


def prediction(index: int, **output: object) -> dict[str, Any]:
    choices = [{"message": {"content": "It is 4."}, "stop_reason": "max_tokens"}]
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    return {"index": index, "model": "qwen-max", "model_output": {"choices": choices, "usage": usage, **output}}
