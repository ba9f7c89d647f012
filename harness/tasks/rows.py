r"""What the task files share in turning a published row into a Sample: typed fields, ids, final answers.

Covers math answers (after `####`, inside the last `\boxed{}`, published as floats).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from harness.core.types import Tool

_WHOLE_AS_FLOAT = re.compile(r"-?\d+\.0")


def text_field(row: Mapping[str, object], name: str) -> str:
    """The field as text, line ends as \\n. Raises KeyError where it is missing, ValueError where it is not text."""
    value = row[name]
    if not isinstance(value, str):
        raise ValueError(f"field {name!r} holds {json.dumps(value, default=str)[:60]}; accepted: text")
    return value.replace("\r\n", "\n")


def number_text(row: Mapping[str, object], name: str) -> str:
    """The field as an answer: text as it is, whole numbers without `.0`, whether number or text."""
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"field {name!r} holds {json.dumps(value, default=str)[:60]}; accepted: a number or text")
    text = str(value).strip()
    return text.removesuffix(".0") if _WHOLE_AS_FLOAT.fullmatch(text) else text


def text_list(row: Mapping[str, object], name: str) -> list[str]:
    """The field as a list of texts, line ends as \\n."""
    value = row[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"field {name!r} holds {json.dumps(value, default=str)[:60]}; accepted: a list of texts")
    return [item.replace("\r\n", "\n") for item in value]


def tools_field(row: Mapping[str, object], name: str) -> tuple[Tool, ...]:
    """The field as tools: objects with `name`, `description` and `parameters`, a JSON Schema; names differ."""
    value = row[name]
    tools = value if isinstance(value, list) else []
    for tool in tools:
        texts = [tool.get("name"), tool.get("description")] if isinstance(tool, dict) else [None]
        if not all(isinstance(text, str) and text for text in texts) or not isinstance(tool.get("parameters"), dict):
            raise ValueError(f"field {name!r} holds {json.dumps(tool)[:60]}; accepted: name, description, parameters")
    names = [tool["name"] for tool in tools]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"field {name!r} holds the tools {', '.join(names) or 'none'}; accepted: names that differ")
    return tuple(Tool(name=t["name"], description=t["description"], parameters=t["parameters"]) for t in tools)


def content_id(prefix: str, text: str) -> str:
    """An id for rows that have none: the prefix and 8 hex digits of the text's SHA-256, white space collapsed.

    The same whether the row comes from the hub or a file, and whatever the order.
    """
    return f"{prefix}-{hashlib.sha256(' '.join(text.split()).encode()).hexdigest()[:8]}"


def after_marker(solution: str, marker: str) -> str:
    """What stands after the last marker, thousands separators removed. Raises ValueError without the marker."""
    _, found, answer = solution.rpartition(marker)
    if not found or not answer.strip():
        raise ValueError(f"no answer after {marker!r} in the solution that ends {solution[-60:]!r}")
    return answer.strip().replace(",", "")


def last_boxed(solution: str) -> str:
    r"""The content of the last `\boxed{...}`, braces balanced. Raises ValueError without one."""
    opening = "\\boxed{"
    start = solution.rfind(opening)
    depth = 1
    for position in range(start + len(opening), len(solution)) if start >= 0 else ():
        depth += {"{": 1, "}": -1}.get(solution[position], 0)
        if depth == 0:
            return solution[start + len(opening) : position].strip()
    raise ValueError(f"no complete \\boxed{{}} in the solution that ends {solution[-60:]!r}")


def boxed_reference(target: str, solution: str = "") -> str:
    r"""A whole response that must grade correct: the solution where one is published, then the boxed target."""
    return f"{solution.strip()}\n\nThe final answer is $\\boxed{{{target}}}$.".strip()


def difficulty_of_level(level: str) -> str:
    """MATH's levels 1 and 2 are easy, 3 medium, 4 and 5 hard. Raises ValueError for another level."""
    match level:
        case "1" | "2":
            return "easy"
        case "3":
            return "medium"
        case "4" | "5":
            return "hard"
        case _:
            raise ValueError(f"level {level!r} is unknown; accepted: 1 to 5")
