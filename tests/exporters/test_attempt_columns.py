"""Columns of attempts: each request with its own dollars."""

from __future__ import annotations

from harness.report.run_data.load import RunData
from tests.exporters.rows_read import rows
from tests.exporters.runs import SPENT


def test_attempts_have_each_request_with_its_own_dollars(data: RunData) -> None:
    found = [row for row in rows(data, "attempts") if row["sample_id"] == "s1"]
    assert [(row["attempt"], row["failure_kind"], row["is_accepted"]) for row in found] == [
        (0, "stream_truncated", False),
        (1, None, True),
    ]
    assert [row["billed_usd"] for row in found] == [SPENT, SPENT]
    assert found[1]["text"] == "42"
