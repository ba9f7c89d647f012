"""lm-eval as a peer: a task of N sums over chat completions, each answer scored, in an environment of its own."""

import argparse
import json
import tempfile
from pathlib import Path

import lm_eval
from lm_eval.tasks import TaskManager

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("--requests", type=int, default=1000)
parser.add_argument("--at-once", type=int, default=64)
parser.add_argument("--stream", action="store_true")
asked = parser.parse_args()
if asked.stream:
    raise SystemExit("lm-eval cannot stream")

folder = Path(tempfile.mkdtemp())
sums = (
    {"q": f"(id {number}) What is {number} + 7? Reply with the number only.", "a": str(number + 7)}
    for number in range(asked.requests)
)
(folder / "sums.jsonl").write_text("".join(json.dumps(one) + "\n" for one in sums))
task = {
    "task": "sums",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": str(folder / "sums.jsonl")}},
    "test_split": "test",
    "output_type": "generate_until",
    "doc_to_text": "{{q}}",
    "doc_to_target": "{{a}}",
    "generation_kwargs": {"until": ["\n\n\n"], "max_gen_toks": 200},
    "metric_list": [{"metric": "exact_match"}],
}
(folder / "sums.yaml").write_text(json.dumps(task))
found = lm_eval.simple_evaluate(
    model="local-chat-completions",
    model_args={
        "model": "mock",
        "base_url": f"{asked.url}/chat/completions",
        "tokenizer_backend": None,
        "num_concurrent": asked.at_once,
    },
    tasks=["sums"],
    task_manager=TaskManager(include_path=str(folder), include_defaults=False),
    apply_chat_template=True,
)
assert found["results"]["sums"]["exact_match,none"] == 1.0, found["results"]
