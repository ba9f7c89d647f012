"""inspect-ai: an evaluation of two samples with accuracy 1."""

import os
import tempfile

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

dataset = [Sample(id=number, input="What is 3 + 4?", target="7") for number in (1, 2)]
task = Task(dataset=dataset, solver=generate(), scorer=includes())
(log,) = evaluate(
    task,
    model="openai/mock-model",
    model_base_url=f"{os.environ['MOCK_URL']}/v1",
    log_dir=tempfile.mkdtemp(),
    display="none",
)
assert log.status == "success", log.error
assert log.results.scores[0].metrics["accuracy"].value == 1.0
assert log.stats.model_usage["openai/mock-model"].output_tokens > 0
