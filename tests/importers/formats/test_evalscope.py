"""Reviews and predictions of EvalScope."""

from __future__ import annotations

from pathlib import Path

from harness.core.types import Completion, FinishReason, Verdict
from tests.importers.evaluated_files import folder, prediction, review
from tests.importers.foreign_files import read


def test_evalscope_reviews_with_their_predictions(tmp_path: Path) -> None:
    found = read(
        folder(
            tmp_path,
            reviews__qwen__gsm8k_main=[review(0, 1.0), review(1, 0.0), review(2, 0.5)],
            predictions__qwen__gsm8k_main=[prediction(0, time=1.5), prediction(1)],
        ),
        "evalscope",
    )
    first, second, third = found.answers
    assert (first.model, first.task, first.sample_id) == ("qwen-max", "gsm8k_main", "0")
    assert isinstance(first.attempt, Completion)
    assert first.attempt.finish_reason is FinishReason.LENGTH
    assert first.attempt.timing.total_s == 1.5
    assert first.attempt.usage is not None
    assert (first.attempt.usage.prompt_tokens, first.attempt.usage.cached_tokens) == (10, None)
    assert [one.grade and one.grade.verdict for one in found.answers] == [Verdict.CORRECT, Verdict.WRONG, None]
    assert second.attempt.timing.total_s is None
    assert third.model == "qwen"  # no prediction names the model: the folder does
    assert third.attempt.usage is None
    assert found.samples["gsm8k_main", "0"].target == "4"


def test_evalscope_repeats_share_their_group(tmp_path: Path) -> None:
    rows = [review(0, 1.0, group_id=0), review(1, 0.0, group_id=0)]
    found = read(folder(tmp_path, reviews__m__t=rows), "evalscope")
    assert [(one.sample_id, one.repeat) for one in found.answers] == [("0", 0), ("0", 1)]
