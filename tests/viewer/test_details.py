"""A job as the page of a sample shows it: conversations with every message and answer."""

from __future__ import annotations

from pathlib import Path

from harness.core.conversations import feedback_rules
from harness.report.run_data.load import RunData
from harness.viewer.details import detail_of
from harness.viewer.sample_page import sample_html
from tests.run.conversation.test_feedback import Patient
from tests.run.execution.scenes import scene
from tests.run.scripted_run import Model
from tests.virtual_time import run_virtually


def test_a_conversation_is_shown_turn_by_turn_and_a_single_answer_is_not(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="m"), prompts=3, conversation=feedback_rules(2))
    run_virtually(one.session(grader=Patient()).go())
    data = RunData.load(one.run)
    details = {
        result.call.sample_id: detail_of(result, data.samples[result.call.task, result.call.sample_id])
        for result in data.results()
    }
    turns = details["s002"]["turns"]
    assert isinstance(turns, list)
    assert [turn["reply"] is None for turn in turns] == [True, False, False]
    assert [turn["text"] for turn in turns] == ["42", "42", "42"]
    page = sample_html("run", "t", "s002", [details["s002"]], ())
    assert page.count("Check your solution") == 2
    assert "conversation (3)" in page
