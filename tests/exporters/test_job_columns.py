"""Columns of samples: what is unknown is empty, never 0."""

from __future__ import annotations

from decimal import Decimal

from harness.report.run_data.load import RunData
from tests.exporters.rows_read import rows
from tests.exporters.runs import SPENT


def test_samples_say_what_is_unknown_and_never_0(data: RunData) -> None:
    found = {(row["model"], row["sample_id"]): row for row in rows(data, "samples")}
    assert len(found) == 6
    retried = found["acme/one", "s1"]
    assert (retried["spent_usd"], retried["accepted_usd"]) == (2 * SPENT, SPENT)
    assert (retried["is_correct"], retried["answer"], retried["target"]) == (False, "=1+1", "2")
    timed_out = found["acme/one", "s2"]
    assert (timed_out["spent_usd"], timed_out["spent_usd_float"], timed_out["spent_known_usd"]) == (None, None, SPENT)
    assert "read_timeout without usage" in str(timed_out["spent_unknown"])
    assert (timed_out["verdict"], timed_out["is_correct"]) == ("grader_error", None)
    failed = found["acme/one", "s3"]
    assert (failed["is_answered"], failed["failures"], failed["failure_message"]) == (
        False,
        "unauthorized",
        "no such key",
    )
    assert (failed["spent_usd"], failed["prompt_tokens"], failed["total_s"]) == (Decimal(0), None, None)
    ungraded = found["acme/one", "s4"]
    assert (ungraded["verdict"], ungraded["is_correct"], ungraded["reasoning_tokens"]) == (None, None, None)
    assert {row["model"]: row["mode"] for row in found.values()} == {"acme/one": "live", "sim/two": "SIMULATED"}
    assert found["sim/two", "s0"]["spent_usd"] is None
