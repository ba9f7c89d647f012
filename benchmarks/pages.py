"""Measures the pages: size and time of a report file, and how long the viewer takes for its pages.

python benchmarks/pages.py report [--models 10] [--samples 500] [--characters 2000]
python benchmarks/pages.py report --models 2 --samples 100000 --characters 200        a report over 200,000 answers
python benchmarks/pages.py viewer --models 2 --samples 50000 --characters 200

The run is written through the store as a run writes it. Its answers are sentences of 3,000 made-up words, each
followed by one of forty in the frequencies of Zipf's law, or by a number: some 5 bits a word, as in English prose.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote, urlsplit

from harness.core.prices import Price, Rates
from harness.core.types import Completion, Endpoint, FinishReason, Grade, Sample, SamplingParams, Timing, Usage, Verdict
from harness.store.codec import (
    SCHEMA_VERSION,
    GradeLine,
    JobHead,
    Manifest,
    OutcomeLine,
    SampleLine,
    TaskEntry,
    encode,
)
from harness.store.run_dir import RunDir

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def main() -> int:
    """Make the run and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["report", "viewer"])
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--characters", type=int, default=2000)
    parser.add_argument("--keep", type=Path, help="where the run is written, and used again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "run"
        if not path.exists():
            write_run(path, models=asked.models, samples=asked.samples, characters=asked.characters)
        return measure_report(path) if asked.what == "report" else measure_viewer(path)


def measure_report(path: Path) -> int:
    """`harness report -o` in a process of its own: twice, for the first keeps the columns of a large run."""
    target = path.with_suffix(".html")
    for _ in range(2):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-m", "harness", "report", str(path), "-o", str(target)], check=True)
        seconds = time.perf_counter() - before
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{seconds:.1f} s, at most {used.ru_maxrss / 1024:.0f} MB, {target.stat().st_size / 1e6:.2f} MB on disk")
    return 0


def measure_viewer(path: Path) -> int:
    """Seconds of the first page, of the index and of the page of the run; then of every page after a restart."""
    for derived in ("viewer.sqlite", "jobs.cache.parquet"):
        (path / derived).unlink(missing_ok=True)
    name = quote(path.name)
    with viewing(path, "nothing indexed") as get:
        begun = time.perf_counter()
        while "<figure" not in get(f"/run/{name}"):
            time.sleep(0.5)
        print(f"page of the run with its charts {time.perf_counter() - begun:.1f} s after it was asked for")
        while "calls" not in get(f"/run/{name}/version"):
            time.sleep(0.5)
        print(f"index complete {time.perf_counter() - begun:.1f} s after that")
    with viewing(path, "indexed before") as get:
        pages = [
            *("/", f"/run/{name}", f"/run/{name}/samples", f"/run/{name}/samples?page=500"),
            *(f"/run/{name}/samples?state=wrong&sort=cost", f"/run/{name}/samples?disagree=1"),
            *(f"/run/{name}/samples?search=sample+number+77", f"/run/{name}/sample/words/s77"),
        ]
        print("first time, and the median of five")
        for page in pages:
            times = []
            for _ in range(5):
                before = time.perf_counter()
                get(page)
                times.append(1000 * (time.perf_counter() - before))
            print(f"{times[0]:7.0f} ms {sorted(times)[2]:7.0f} ms  {page}")
    return 0


@contextmanager
def viewing(path: Path, words: str) -> Iterator[Callable[[str], str]]:
    """A viewer of that run, as a function that gets a page; says when its first page was there."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "harness", "view", str(path), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().split()[-1])
        token = address.query.partition("=")[2]

        def get(page: str) -> str:
            connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=600)
            connection.request("GET", page, headers={"Cookie": f"harness_view={token}"})
            return connection.getresponse().read().decode()

        for page in ("/", f"/run/{quote(path.name)}"):
            get(page)
            print(f"{words}: {page} {time.perf_counter() - begun:.2f} s after the command")
        yield get
        process.terminate()


def write_run(path: Path, *, models: int, samples: int, characters: int) -> None:
    """A finished run of that size."""
    chance = random.Random(0)
    endpoints = tuple(_endpoint(place) for place in range(models))
    lines = (
        SampleLine(
            task="words", sample=Sample(id=f"s{n}", prompt=f"Sample number {n}: what is {n}+1?", target=str(n + 1))
        )
        for n in range(samples)
    )
    run = RunDir.create(path, _manifest(endpoints, samples), lines)
    words = Words(chance)
    with (run.path / "calls-0.jsonl").open("ab") as calls, (run.path / "grades.jsonl").open("ab") as grades:
        for sample in range(samples):
            for place, endpoint in enumerate(endpoints):
                head = _head(endpoint, sample)
                attempt = _answer(words.text(characters), chance)
                calls.write(encode(OutcomeLine(head=head, number=0, is_final=True, attempt=attempt)))
                verdict = Verdict.CORRECT if chance.random() < 0.4 + 0.05 * place else Verdict.WRONG
                grade = Grade(
                    verdict=verdict,
                    answer=str(sample),
                    why=f"expected {sample + 1}; got {sample}",
                    rule="last number",
                    grader="math",
                    grader_version="1",
                    seconds=0.0,
                )
                grades.write(encode(GradeLine(key=head.key, at=NOON, grade=grade)))


class Words:
    """Sentences of made-up words; each word is followed by one of forty, in the frequencies of Zipf's law."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        letters = "etaoinshrdlucmfwypvbgk"
        self._words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(3000)]
        weights = [1 / (rank + 2.7) for rank in range(3000)]
        self._next = {word: chance.choices(self._words, weights, k=40) for word in self._words}
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(40)))

    def text(self, characters: int) -> str:
        """So many characters."""
        found: list[str] = []
        word = self._words[0]
        for place in self._chance.choices(range(40), cum_weights=self._weights, k=characters // 4):
            word = self._next.get(word, self._words)[place]
            if self._chance.random() < 0.08:
                word = str(self._chance.randint(0, 999))
            if self._chance.random() < 0.08:
                word += ".\n"
            found.append(word)
        return " ".join(found)[:characters]


def _endpoint(place: int) -> Endpoint:
    model = f"model-{place}"
    return Endpoint(
        label=f"acme/{model}",
        provider="acme",
        model=model,
        model_id=model,
        base_url="http://127.0.0.1:9/v1",
        dialect="openai",
    )


def _answer(text: str, chance: random.Random) -> Completion:
    total, tokens = chance.uniform(1, 20), max(1, len(text) // 4)
    timing = Timing(
        started_at=NOON + timedelta(seconds=chance.uniform(0, 3600)),
        waited_s=chance.random(),
        total_s=total,
        ttft_s=total * 0.2,
        text_chunks=20,
        loop_lag_s=0.0,
    )
    usage = Usage(prompt_tokens=30, completion_tokens=tokens, reasoning_tokens=0, cached_tokens=0)
    return Completion(text=text, reasoning="", finish_reason=FinishReason.STOP, timing=timing, usage=usage)


def _head(endpoint: Endpoint, sample: int) -> JobHead:
    return JobHead(
        key=hashlib.sha256(f"{endpoint.label} {sample}".encode()).hexdigest()[:32],
        label=endpoint.label,
        name=endpoint.name,
        task="words",
        task_version=1,
        grader="math",
        sample_id=f"s{sample}",
        repeat=0,
        params=SamplingParams(),
        simulated=False,
    )


def _price(endpoint: Endpoint) -> Price:
    return Price(
        id=f"{endpoint.name}@2026-01-01",
        provider=endpoint.provider,
        model=endpoint.model,
        currency="USD",
        rates=Rates(prompt=Decimal(1), completion=Decimal(4)),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        effective_to=None,
        sources=("made up",),
        read_on=date(2026, 11, 20),
        confidence="high",
    )


def _manifest(endpoints: tuple[Endpoint, ...], samples: int) -> Manifest:
    entry = TaskEntry(
        name="words",
        version=1,
        grader="math",
        content_hash="sha256:0",
        origin="made up",
        licence="Apache-2.0",
        max_tokens=4096,
        samples=samples,
    )
    return Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version="0",
        created_at=NOON,
        command=("harness", "run"),
        endpoints=endpoints,
        dialects={"openai": 1},
        tasks=(entry,),
        repeats=1,
        limit=None,
        seed=0,
        params=SamplingParams(),
        max_usd=None,
        allow_unpriced=False,
        prices=tuple(_price(endpoint) for endpoint in endpoints),
        sandbox_backend=None,
    )


if __name__ == "__main__":
    sys.exit(main())
