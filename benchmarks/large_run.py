"""A run folder of any size, made from a small real one: the same lines again and again under new sample ids and keys.

    python -m benchmarks.large_run RUN TO --jobs 200000

For timing `harness report`, `compare` and `claims`, and resuming. Every copy is whole: sent and outcome lines, grades,
samples, and a manifest whose counts fit. The figures in it are those of RUN; they measure nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

KEY = re.compile(rb'"key":"([0-9a-f]{32})"')
SAMPLE = re.compile(rb'"sample_id":"([^"]*)"')
SAMPLE_LINE = re.compile(rb'"sample":\{"id":"([^"]*)"')


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--jobs", type=int, default=200_000)
    arguments = parser.parse_args()
    manifest = json.loads((arguments.run / "manifest.json").read_bytes())
    own = sum(task["samples"] for task in manifest["tasks"]) * manifest["repeats"] * len(manifest["endpoints"])
    copies = -(-arguments.jobs // own)
    arguments.to.mkdir(parents=True)
    for name in ("calls-0.jsonl", "grades.jsonl", "samples.jsonl"):
        lines = list(map(_parts, (arguments.run / name).read_bytes().splitlines(keepends=True)))
        with (arguments.to / name).open("wb") as file:
            for copy in range(copies):
                file.writelines(_renamed(lines, copy))
    for task in manifest["tasks"]:
        task["samples"] *= copies
    (arguments.to / "manifest.json").write_text(json.dumps(manifest, indent=1))
    print(f"{arguments.to}: {own * copies:,} jobs")


def _parts(line: bytes) -> tuple[bytes, list[bytes]]:
    """The key of a line, empty for one without, and its pieces: a copy's key comes between them, then its mark."""
    found = KEY.search(line)
    key = b"" if found is None else found[1]
    before, after = (b"", line) if found is None else (line[: found.start(1)], line[found.end(1) :])
    ends = sorted(one.end() - 1 for one in (SAMPLE.search(after), SAMPLE_LINE.search(after)) if one is not None)
    return key, [before, *(after[start:end] for start, end in zip([0, *ends], [*ends, len(after)], strict=True))]


def _renamed(lines: list[tuple[bytes, list[bytes]]], copy: int) -> Iterator[bytes]:
    end = f"~{copy}".encode()
    for key, (before, *pieces) in lines:
        if key:
            yield before + hashlib.blake2b(key + end, digest_size=16).hexdigest().encode() + end.join(pieces)
        else:
            yield before + end.join(pieces)


if __name__ == "__main__":
    main()
