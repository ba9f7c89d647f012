"""What a row is called beside others."""

from __future__ import annotations

from datetime import date

from harness.audit.row_names import row_names
from harness.importers.results import BoardRow


def run(name: str, model: str, agent: str | None = None, day: int | None = None) -> BoardRow:
    parts = () if agent is None else (model, agent)
    days = () if day is None else (date(2026, 5, day),)
    whole = model if agent is None else f"{agent} ({model})"
    return BoardRow(id=name, model=whole, benchmark="b", model_and_agent=parts, days=days)


def test_a_model_that_stands_once_is_named_by_itself() -> None:
    found = row_names([run("run_17", "Fast", "Agent A", day=1), run("run_18", "Slow", "Agent A", day=1)])
    assert found == {"run_17": "Fast", "run_18": "Slow"}


def test_agent_then_day_then_the_rows_own_name_tell_two_runs_of_a_model_apart() -> None:
    found = row_names(
        [
            run("r1", "Fast", "Agent A", day=1),
            run("r2", "Fast", "Agent B", day=1),
            run("r3", "Fast", "Agent B", day=2),
            run("r4", "Slow", "Agent A", day=3),
            run("r5", "Slow", "Agent A", day=3),
        ]
    )
    assert found == {
        "r1": "Fast, Agent A",
        "r2": "Fast, Agent B, 2026-05-01",
        "r3": "Fast, Agent B, 2026-05-02",
        "r4": "r4",
        "r5": "r5",
    }


def test_without_an_agent_the_day_comes_after_the_model() -> None:
    found = row_names([run("d1", "M (high)", day=4), run("d2", "M (high)", day=5), run("d3", "N")])
    assert found == {"d1": "M (high), 2026-05-04", "d2": "M (high), 2026-05-05", "d3": "N"}
