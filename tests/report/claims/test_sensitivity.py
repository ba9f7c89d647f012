"""Failed and truncated jobs in words, and counted the other way."""

from __future__ import annotations

from harness.report.claims.sensitivity import loss_words, other_countings
from tests.stats.runs_by_hand import model

JOBS = ("CC", "CF", "WT", "CC")  # 5 correct, 1 failed, 1 truncated of 8 jobs


def test_losses_are_counted_by_model_and_whole_models_are_left_out() -> None:
    words = loss_words({"a/one": model(JOBS), "a/two": model(("CC", "WW"))})
    assert words == "a/one: 1 failed and 1 truncated at the limit of 8 jobs"


def test_each_other_counting_changes_only_what_it_names() -> None:
    found = dict(other_countings("accuracy", {"a/one": model(JOBS)}))
    assert list(found) == ["failed jobs counted as incorrect", "truncated answers left out"]
    failures, truncated = (one["a/one"] for one in found.values())
    assert (int(failures.graded.sum()), int(failures.correct.sum())) == (8, 5)
    assert (int(truncated.graded.sum()), int(truncated.correct.sum()), int(truncated.failed.sum())) == (6, 5, 1)


def test_there_is_none_for_dollars_or_without_losses() -> None:
    assert list(other_countings("cost_ratio", {"a/one": model(JOBS)})) == []
    assert list(other_countings("accuracy", {"a/one": model(("CC", "WW"))})) == []
