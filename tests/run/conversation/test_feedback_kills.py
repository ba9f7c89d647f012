"""A real process in feedback rounds, killed with SIGKILL and resumed, held against the mock's ledger."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.mock.billing import read_ledger
from harness.store.call_log import call_lines, calls
from harness.store.codec import SentLine
from tests.run.conversation.run_processes import NEW, answers, finish_after_kills

CONCURRENCY = 2
SAMPLES = 10
PROVIDERS = f"""\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {{max_concurrency: {CONCURRENCY}, max_attempts: 8}}
    models:
      half:
        price: {{input: 1, output: 4, read_on: 2026-11-21, source: simulated}}
        simulate: {{accuracy: 0.3, ttft_s: {{median: 0.05}}, tokens_per_s: 2000, seed: 3}}
"""


@pytest.mark.slow
def test_a_process_killed_in_feedback_rounds_bills_no_turn_twice(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    words = ("core-math", "-m", "sim/half", "--limit", str(SAMPLES), "--feedback-rounds", "2", *NEW)
    run, killed = finish_after_kills(tmp_path, *words, kills=3, every=3)
    assert killed >= 2
    stored = answers(run)
    conversations = list(calls(run))
    assert len(conversations) == SAMPLES
    assert all(call.is_finished and len(call.replies) == len(call.turns) - 1 <= 2 for call in conversations)
    assert sum(len(call.turns) for call in conversations) == len(stored) > SAMPLES

    jobs = {(line.head.sample_id, str(line.head.repeat)): line.head.key for line in stored}
    billed = Counter(
        (jobs[str(entry.sample_id), entry.repeat], int(entry.headers["x-harness-attempt"]))
        for entry in read_ledger(run.path / "mock-ledger.jsonl")
    )
    sent = Counter((line.head.key, line.number) for line in call_lines(run) if isinstance(line, SentLine))
    turns = {(line.head.key, line.number) for line in stored}
    assert set(billed.values()) == set(sent.values()) == {1}
    # each stored turn is on the bill once; what is billed beside it was in flight when a process was killed
    assert turns <= set(billed) <= set(sent)
    assert len(set(sent) - turns) <= killed * CONCURRENCY
