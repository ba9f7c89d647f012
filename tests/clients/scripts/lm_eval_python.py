"""lm-eval: a task of its own with two documents over chat completions, exact match 1."""

import json
import os
import tempfile
from pathlib import Path

import lm_eval
from lm_eval.tasks import TaskManager

folder = Path(tempfile.mkdtemp())
(folder / "sums.jsonl").write_text('{"q": "What is 3 + 4?", "a": "7"}\n' * 2)
(folder / "sums.yaml").write_text(
    json.dumps(
        {
            "task": "sums",
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(folder / "sums.jsonl")}},
            "test_split": "test",
            "output_type": "generate_until",
            "doc_to_text": "{{q}}",
            "doc_to_target": "{{a}}",
            "generation_kwargs": {"until": ["\n\n\n"], "max_gen_toks": 400},
            "filter_list": [
                {
                    "name": "boxed",
                    "filter": [{"function": "regex", "regex_pattern": r"boxed\{(\d+)\}"}, {"function": "take_first"}],
                }
            ],
            "metric_list": [{"metric": "exact_match"}],
        }
    )
)
found = lm_eval.simple_evaluate(
    model="local-chat-completions",
    model_args={
        "model": "mock-model",
        "base_url": f"{os.environ['MOCK_URL']}/generic/v1/chat/completions",
        "tokenizer_backend": None,
        "num_concurrent": 1,
    },
    tasks=["sums"],
    task_manager=TaskManager(include_path=str(folder), include_defaults=False),
    apply_chat_template=True,
)
assert found["results"]["sums"]["exact_match,boxed"] == 1.0, found["results"]
