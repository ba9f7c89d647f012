"""The work that `harness speed` asks for: prompts no cache has seen, few requests at once, spread over time.

Covers the workload `1k`, tasks asked without grading, and the bounds on endpoints. The order of requests, their
instants and the mark each model's prompt begins with are the plan's; what became of them is report.speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from harness.core.errors import UsageError
from harness.core.types import Endpoint, Sample, Source, Task
from harness.tasks.load import LoadedTask, content_hash

THOUSAND = "1k"
"""The workload of about 1,000 tokens in and about 1,000 out."""
MAX_TOKENS = 1024
SENTENCES = 76
"""Of some eleven plain words each, most of which are one token to most tokenisers: about 1,000 with the rest."""

_ADJECTIVES = "small old quiet bright heavy narrow distant careful early plain steady hollow warm late broad"
_NOUNS = (
    "harbour bridge letter garden engine river mountain window market lantern teacher village station carpet orchard "
    "library captain meadow workshop island"
)
_VERBS = "crosses follows repairs describes carries measures remembers visits borrows paints watches counts"
_ENDINGS = (
    "before the rain begins",
    "after a long winter",
    "without any hurry",
    "near the second gate",
    "for a good reason",
    "while nobody is looking",
    "as it was agreed",
    "at the end of the day",
)
_REQUEST = (
    "\n\nThe lines above are notes without any order. Write a long story in plain text in which as many of these "
    "things as possible occur. Write at least 1,000 words in whole paragraphs, without headings or lists, and do not "
    "stop early."
)


def thousand_token_task(nonce: str, requests: int) -> LoadedTask:
    """The workload `1k`: so many prompts that nobody has sent before, as long as `nonce` is new."""
    samples = tuple(_thousand_sample({"nonce": nonce}, number) for number in range(requests))
    task = Task(
        name=THOUSAND,
        version=1,
        grader="",
        source=Source(title="about 1,000 tokens in, about 1,000 out", licence="made by the harness"),
        to_sample=_thousand_sample,
        content_hash=None,
        summary="measures speed; answers are not graded",
        max_tokens=MAX_TOKENS,
    )
    characters = sum(len(sample.prompt) for sample in samples) // len(samples)
    return LoadedTask(
        task=task,
        samples=samples,
        content_hash=content_hash(samples),
        origin=f"made for this run alone, {characters:,} characters a prompt",
    )


def ungraded(loaded: LoadedTask, nonce: str, requests: int) -> LoadedTask:
    """A task asked for its speed: its samples behind a line that is new, none of them graded.

    The content hash stays that of the task's own samples. Raises UsageError where the task has too few: the same prompt
    twice would measure a cache.
    """
    if requests > len(loaded.samples):
        raise UsageError(
            f"{loaded.task.name} has {len(loaded.samples)} samples, so --requests {requests} would ask some twice; "
            f"accepted: at most {len(loaded.samples)}"
        )
    return replace(
        loaded,
        task=replace(loaded.task, grader=""),
        samples=tuple(
            replace(sample, prompt=f"{_first_line(nonce, number)}\n{sample.prompt}")
            for number, sample in enumerate(loaded.samples)
        ),
        origin=f"{loaded.origin}, a new line before each prompt",
    )


def bounded(endpoints: Sequence[Endpoint], concurrency: int) -> tuple[Endpoint, ...]:
    """The endpoints with at most that many requests at once each."""
    return tuple(
        replace(
            endpoint,
            limits=replace(endpoint.limits, max_concurrency=min(endpoint.limits.max_concurrency, concurrency)),
        )
        for endpoint in endpoints
    )


def _thousand_sample(row: Mapping[str, object], number: int) -> Sample:
    nonce = str(row["nonce"])
    random = Random(f"{nonce} {number}")
    adjectives, nouns, verbs = _ADJECTIVES.split(), _NOUNS.split(), _VERBS.split()
    lines = [
        f"The {random.choice(adjectives)} {random.choice(nouns)} {random.choice(verbs)} the "
        f"{random.choice(adjectives)} {random.choice(nouns)} {random.choice(_ENDINGS)}."
        for _ in range(SENTENCES)
    ]
    text = f"{_first_line(nonce, number)}\n{' '.join(lines)}{_REQUEST}"
    return Sample(id=f"request-{number + 1}", prompt=text, target="")


def _first_line(nonce: str, number: int) -> str:
    """What makes a prompt differ from all others within its first tokens: caches hold beginnings."""
    return f"[request {Random(f'{nonce} line {number}').getrandbits(64):016x}]"
