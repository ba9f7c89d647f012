"""guidellm: a synchronous benchmark of three requests from a file of prompts."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
(folder / "prompts.jsonl").write_text('{"prompt": "What is 3 + 4?"}\n' * 5)
command = [str(Path(sys.executable).with_name("guidellm")), "run", "--disable-console"]
command += ["--backend", f"kind=openai_http,target={os.environ['MOCK_URL']},model=mock-model"]
command += ["--profile", "kind=synchronous", "--constraint", "kind=max_requests,count=3"]
command += ["--data", f"kind=json_file,path={folder / 'prompts.jsonl'}"]
command += ["--output", f"kind=json,path={folder / 'benchmarks.json'}"]
subprocess.run(command, check=True)
report = json.loads((folder / "benchmarks.json").read_text())
totals = report["benchmarks"][0]["metrics"]["request_totals"]
assert (totals["successful"], totals["errored"]) == (3, 0), totals
