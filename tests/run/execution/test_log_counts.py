"""What a log comes to, where a job ended more than once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.types import Attempt, Usage
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.store.codec import encode
from tests.run.paid_folder import PaidFolder, answer, cut, endpoint, price, written
from tests.store.lines import outcome


@pytest.mark.parametrize(("later", "ends"), [([cut()], (1, 0, 1)), ([cut(), answer(Usage())], (1, 1, 0))])
def test_a_failed_job_that_was_sent_again_ends_once(
    tmp_path: Path, later: list[Attempt], ends: tuple[int, int, int]
) -> None:
    """Counted twice, it would hide an open job: the run would call itself complete and never send that one."""
    made = PaidFolder(endpoints=[endpoint("x/a")], prices=[price("x/a", prompt="3", completion="15")])
    run = written(tmp_path / "run", made)
    for number, attempt in enumerate([cut(), *later]):
        line = outcome("job", attempt, number=number)
        line = replace(line, head=replace(line.head, label="x/a"))
        (run.path / f"calls-{number}.jsonl").write_bytes(encode(line))
    model = ModelProgress(label="x/a", simulated=False, total=2)
    manifest, book = run.manifest(), load_book(own=run.manifest().prices)
    restore_state(run, manifest, {"x/a": model}, budget=Budget(cap_usd=None), book=book, retry_failed=False)
    assert (model.done, model.answered, model.failed) == ends
    assert model.remaining == 1
