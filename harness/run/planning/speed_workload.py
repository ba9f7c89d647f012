"""The workloads of `harness speed`: prompts of 1k, 10k and 100k tokens, cold or warm, and tasks that are not graded.

Cold prompts begin with a line that is new, so no prompt cache holds their beginning. Warm ones share all but their last
line, so all but the first can be read from a cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from harness.core.errors import UsageError
from harness.core.types import Endpoint, Sample, Source, Task
from harness.tasks.load import LoadedTask, content_hash

THOUSAND = "1k"
"""The default workload."""
WARM = "-warm"
"""Ends the name of a workload whose prompts share their beginning."""
SENTENCES: Mapping[str, int] = {THOUSAND: 76, "10k": 803, "100k": 8080}
"""Sentences of some twelve tokens each, most words being one token: about 1,000, 10,000 and 100,000 with the rest."""
GENERATED = tuple(f"{size}{ending}" for size in SENTENCES for ending in ("", WARM))
MAX_TOKENS = 1024
"""The prompt asks for more, so that answers of all models have this length, and speeds are of equally long ones."""

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


def generated_task(name: str, nonce: str, requests: int) -> LoadedTask:
    """A workload of GENERATED: so many prompts that nobody has sent before, as long as `nonce` is new."""
    size = name.removesuffix(WARM)
    is_warm = name.endswith(WARM)
    samples = tuple(_sample(nonce, number, SENTENCES[size], is_warm=is_warm) for number in range(requests))
    task = Task(
        name=name,
        version=1,
        grader="",
        source=Source(
            title=f"about {size.replace('k', ',000')} tokens in, about 1,000 out{', warm cache' * is_warm}",
            licence="made by the harness",
        ),
        to_sample=lambda row, number: _sample(str(row["nonce"]), number, SENTENCES[size], is_warm=is_warm),
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


def _sample(nonce: str, number: int, sentences: int, *, is_warm: bool) -> Sample:
    """One prompt; a warm one has the beginning of the first and an ending of its own."""
    beginning = 0 if is_warm else number
    random = Random(f"{nonce} {beginning}")
    adjectives, nouns, verbs = _ADJECTIVES.split(), _NOUNS.split(), _VERBS.split()
    lines = [
        f"The {random.choice(adjectives)} {random.choice(nouns)} {random.choice(verbs)} the "
        f"{random.choice(adjectives)} {random.choice(nouns)} {random.choice(_ENDINGS)}."
        for _ in range(sentences)
    ]
    ending = f"\n{_first_line(nonce, number + 1)}" if is_warm else ""
    text = f"{_first_line(nonce, beginning)}\n{' '.join(lines)}{_REQUEST}{ending}"
    return Sample(id=f"request-{number + 1}", prompt=text, target="")


def _first_line(nonce: str, number: int) -> str:
    """What makes a prompt differ from all others within its first tokens: caches hold beginnings."""
    return f"[request {Random(f'{nonce} line {number}').getrandbits(64):016x}]"
