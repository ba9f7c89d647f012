"""Sets of problems drawn from templates by a seed: the rows of core-math-fresh, never published before the run.

The same seed gives the same rows on every machine and Python version: each problem has a stream of its own, seeded by
the SHA-256 of seed, template and number, so a new template changes no other problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from harness.tasks.templates import algebra, arithmetic, calculus, counting, geometry, number_theory
from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template

PER_TEMPLATE = 3
TEMPLATES: tuple[Template, ...] = (
    *arithmetic.TEMPLATES,
    *algebra.TEMPLATES,
    *number_theory.TEMPLATES,
    *counting.TEMPLATES,
    *geometry.TEMPLATES,
    *calculus.TEMPLATES,
)
_MAX_DRAWS = 10_000


def fresh_rows(seed: int) -> list[Mapping[str, object]]:
    """The rows of a seed, `PER_TEMPLATE` a template: id, tier, topic, the problem as `en` and `zh`, answer.

    The id is the same in both languages, so their results can be paired.
    """
    return [
        {
            "id": f"{template.name}-{seed}-{number}",
            "tier": template.tier,
            "topic": template.topic,
            "en": problem.en,
            "zh": problem.zh,
            "answer": problem.answer,
        }
        for template in TEMPLATES
        for number, problem in enumerate(problems(template, seed, PER_TEMPLATE), 1)
    ]


def problems(template: Template, seed: int, count: int) -> list[GeneratedProblem]:
    """The first `count` problems of a template for a seed, no two of them alike.

    Raises ValueError where the template does not hold so many.
    """
    found: list[GeneratedProblem] = []
    for attempt in range(_MAX_DRAWS):
        if len(found) == count:
            return found
        problem = template.draw(RandomDraws(_stream(seed, template.name, attempt)))
        if problem is not None and all(problem.en != other.en for other in found):
            found.append(problem)
    raise ValueError(f"template {template.name} gives {len(found)} problems in {_MAX_DRAWS} draws, {count} are wanted")


def _stream(seed: int, template: str, attempt: int) -> int:
    digest = hashlib.sha256(f"{seed}/{template}/{attempt}".encode()).digest()
    return int.from_bytes(digest, "big")
