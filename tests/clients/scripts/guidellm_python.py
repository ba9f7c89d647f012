"""guidellm: a synchronous benchmark of three requests from a file of prompts."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
(folder / "prompts.jsonl").write_text('{"prompt": "What is 3 + 4?"}\n' * 5)
command = [Path(sys.executable).with_name("guidellm"), "benchmark", "run", "--target", os.environ["MOCK_URL"]]
command += [
    "--model",
    "mock-model",
    "--profile",
    "synchronous",
    "--max-requests",
    "3",
    "--data",
    folder / "prompts.jsonl",
]
command += ["--output-dir", folder, "--outputs", "json"]
subprocess.run([str(part) for part in command], check=True)
report = json.loads((folder / "benchmarks.json").read_text())
totals = report["benchmarks"][0]["metrics"]["request_totals"]
assert (totals["successful"], totals["errored"]) == (3, 0), totals
