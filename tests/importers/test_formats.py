"""Each format by a small sample of our own: recognised by content, and what is unknown stays unknown."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from harness.core.errors import DataError, UsageError
from harness.core.types import Completion, Failure, FinishReason, Verdict
from harness.importers.recognise import FORMATS, format_of
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles

REPLY = {
    "id": "gen-1763645729-abc",
    "model": "minimax/minimax-m2",
    "provider": "Minimax",
    "created": 1764288000,  # 2025-11-28
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "It is 4."}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
}


def read(path: Path, expected: str, **columns: str) -> ImportedResults:
    """The results, once the format has been recognised as the expected one."""
    files = SourceFiles([path])
    found = format_of(files)
    assert found.name == expected
    return found.read(files, ImportOptions(columns=columns))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_names_of_formats_are_distinct() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)


def test_pairs_of_files(tmp_path: Path) -> None:
    request = {"model": "minimax/minimax-m2", "messages": [{"role": "user", "content": "2+2?"}], "temperature": 0}
    (tmp_path / "a.request.json").write_text(json.dumps(request))
    (tmp_path / "a.response.json").write_text(json.dumps(REPLY))
    found = read(tmp_path, "openai-pairs")
    (answer,) = found.answers
    attempt = answer.attempt
    assert isinstance(attempt, Completion)
    assert (attempt.text, attempt.finish_reason) == ("It is 4.", FinishReason.STOP)
    assert attempt.timing.started_at is not None
    assert attempt.timing.started_at.date() == date(2025, 11, 28)
    assert attempt.timing.total_s is None  # a reply does not say how long it took
    assert attempt.effective == {"model": "minimax/minimax-m2", "temperature": 0}
    assert found.samples["imported", answer.sample_id].prompt == "2+2?"
    assert answer.grade is None


def test_reasoning_above_the_completion_is_not_added(tmp_path: Path) -> None:
    usage = {**REPLY["usage"], "completion_tokens_details": {"reasoning_tokens": 60}}  # type: ignore[dict-item]
    found = read(write(tmp_path / "r.jsonl", {"response": {**REPLY, "usage": usage}, "request": {}}), "openai-pairs")
    used = found.answers[0].attempt.usage
    assert used is not None
    assert used.completion_tokens == 50  # prompt + completion is the total, so the reasoning lies inside


def test_an_answer_without_a_finish_reason_counts(tmp_path: Path) -> None:
    choice = {"index": 0, "finish_reason": None, "message": {"role": "assistant", "content": "4"}}
    found = read(write(tmp_path / "r.jsonl", {**REPLY, "choices": [choice]}), "openai-pairs")
    attempt = found.answers[0].attempt
    assert isinstance(attempt, Completion)
    assert attempt.finish_reason is FinishReason.NOT_GIVEN


def test_batch_output_with_a_failed_request(tmp_path: Path) -> None:
    failed = {"error": {"message": "slow down", "type": "rate_limit"}, "model": "minimax/minimax-m2"}
    path = write(
        tmp_path / "batch.jsonl",
        {"custom_id": "q1", "response": {"status_code": 200, "body": REPLY}},
        {"custom_id": "q2", "response": {"status_code": 429, "body": failed}},
    )
    found = read(path, "openai-pairs")
    assert [answer.sample_id for answer in found.answers] == ["q1", "q2"]
    assert isinstance(found.answers[1].attempt, Failure)


def test_lineage_replies_without_and_with_texts(tmp_path: Path) -> None:
    common = {"size": 8, "relation": "X", "usage": REPLY["usage"], "id": "gen-1", "created": 1764288000}
    write(
        tmp_path / "replies.jsonl",
        {"run": "some-model_medium_8", "quiz": "a", "truth": "3", "answer": "3", "finish": None, **common},
        {"run": "some-model_medium_8", "quiz": "b", "truth": "1", "answer": None, "finish": "length", **common},
    )
    write(tmp_path / "quizzes.jsonl", {"quiz": "a", "answer": "3", "prompt": "Who?", "size": 8})
    found = read(tmp_path, "lineage")
    assert [one.grade.verdict for one in found.answers if one.grade] == [Verdict.CORRECT, Verdict.TRUNCATED]
    assert [one.grade.grader for one in found.answers if one.grade] == ["imported:lineage"] * 2
    assert found.models[0].effort == "medium"
    assert found.samples["lineage-bench", "a"].prompt == "Who?"


@pytest.mark.parametrize(
    ("requests", "limit"),
    [
        ([{"max_tokens": 32768}, {"max_completion_tokens": 65535}], 65535),
        ([{"max_tokens": 32768}, {}], None),  # a request without a limit: that of its answers is not known
        ([], None),
    ],
)
def test_lineage_output_limit_is_the_highest_that_was_asked_for(
    requests: list[dict[str, int]], limit: int | None, tmp_path: Path
) -> None:
    usage = {"usage": REPLY["usage"], "id": "gen-1", "created": 1764288000}
    write(tmp_path / "replies.jsonl", {"run": "some-model_8", "quiz": "a", "truth": "3", "answer": "3", **usage})
    if requests:
        rows = [{"model": "some-model", "replies": 1, "request": one} for one in requests]
        write(tmp_path / "requests.jsonl", *rows)
    assert read(tmp_path, "lineage").models[0].max_output_tokens == limit


def test_swebench_zero_dollars_are_unknown(tmp_path: Path) -> None:
    board = {
        "gpt-5": {
            "a__1": {"resolved": True, "cost": 0.5, "api_calls": 3},
            "a__2": {"resolved": False, "cost": 0, "api_calls": 1},
        }
    }
    (tmp_path / "board.json").write_text(json.dumps(board))
    found = read(tmp_path / "board.json", "swebench")
    assert [one.attempt.reported_cost_usd for one in found.answers] == [Decimal("0.5"), None]


def test_openhands_instances_and_what_the_board_prints(tmp_path: Path) -> None:
    own = tmp_path / "results" / "M-1"
    (own / "instance_results").mkdir(parents=True)
    (own / "instance_results" / "gaia.json").write_text(json.dumps({"x": {"cost": None, "resolved": None}}))
    (own / "scores.json").write_text(json.dumps([{"benchmark": "gaia", "score": 12.5, "cost_per_instance": 0.4}]))
    found = read(tmp_path, "openhands")
    assert found.answers[0].grade is not None
    assert found.answers[0].grade.verdict is Verdict.WRONG
    assert found.answers[0].attempt.reported_cost_usd is None
    assert found.rows[0].accuracy == 0.125


def test_aider_zero_is_unknown_and_two_models_are_not_priceable(tmp_path: Path) -> None:
    run = {
        "dirname": "d1",
        "model": "m (high)",
        "test_cases": 223,
        "total_tests": 225,
        "pass_num_2": 45,
        "pass_rate_2": 20.0,
    }
    pair = {**run, "dirname": "d2", "model": "a + b", "total_cost": 1.5, "prompt_tokens": 10, "completion_tokens": 5}
    one = {
        **run,
        "total_cost": 0.0,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "command": "aider --model openrouter/x/y",
    }
    (tmp_path / "board.yml").write_text(yaml.safe_dump([one, pair]))
    found = read(tmp_path / "board.yml", "aider")
    assert [row.usd for row in found.rows] == [None, Decimal("1.5")]
    assert [row.n for row in found.rows] == [223, 223]
    assert [row.tokens[0].model if row.tokens else None for row in found.rows] == ["openrouter/x/y", None]


def hal_database(path: Path) -> Path:
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE parsed_results (benchmark_name TEXT, agent_name TEXT, date TEXT, run_id TEXT, "
        "successful_tasks TEXT, failed_tasks TEXT, total_cost REAL, accuracy REAL)"
    )
    database.execute(
        "CREATE TABLE token_usage (run_id TEXT, model_name TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, "
        "input_tokens_cache_read INTEGER, input_tokens_cache_write INTEGER)"
    )
    rows = [("board", "Agent (o3 Medium (April 2025))", "2025-09-22", "agent_1750000000", "['a']", "['b']", 10.0, 0.5)]
    database.executemany("INSERT INTO parsed_results VALUES (?,?,?,?,?,?,?,?)", rows)
    database.execute("INSERT INTO token_usage VALUES ('agent_1750000000','o3 Medium (April 2025)',1000,100,0,0)")
    database.commit()
    database.close()
    return path


def test_hal_lists_days_and_tokens(tmp_path: Path) -> None:
    (row,) = read(hal_database(tmp_path / "board.db"), "hal").rows
    assert row.outcomes == {"b": False, "a": True}
    assert row.days == (date(2025, 9, 22), date(2025, 6, 15))  # the field, and the stamp 1750000000 of the id
    assert row.tokens[0].prompt == 1000


def test_hal_of_another_schema_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("CREATE TABLE things (a TEXT)")
    database.commit()
    database.close()
    files = SourceFiles([tmp_path / "other.db"])
    with pytest.raises(DataError, match="is no whole HAL database: no such table: token_usage"):
        format_of(files).read(files, ImportOptions())


def test_artificial_analysis_empty_is_unknown(tmp_path: Path) -> None:
    head = "slug,name,ii,price_in,price_out,cost_total,tok_in,tok_out"
    (tmp_path / "aa_2026-04-10.csv").write_text(f"{head}\nm-1,M 1,50,1,2,0,1000000,500000\nm-2,M 2,,,,,,\n")
    rows = read(tmp_path / "aa_2026-04-10.csv", "artificial-analysis").rows
    assert [row.usd for row in rows] == [None, None]  # 0: free or unknown
    assert rows[0].rates == (Decimal(1), Decimal(2))
    assert rows[1].tokens == ()


def test_arc_prize_row_that_stands_twice_counts_once(tmp_path: Path) -> None:
    row = {"datasetId": "v1", "modelId": "m", "score": 0.5, "costPerTask": 0.2}
    (tmp_path / "evaluations.json").write_text(json.dumps([row, row]))
    found = read(tmp_path / "evaluations.json", "arc-prize")
    assert [one.usd_per_task for one in found.rows] == [Decimal("0.2")]
    assert found.published.notes == ("m stands twice on v1; the first row counts",)


def test_bullshit_part_of_the_charges_is_no_total(tmp_path: Path) -> None:
    head = "model,rows,rows_with_cost,prompt_tokens_total,completion_tokens_total,cost_usd_total"
    (tmp_path / "u.csv").write_text(f"{head}\na/b@reasoning=low,55,54,10,20,1.5\n")
    (row,) = read(tmp_path / "u.csv", "bullshit").rows
    assert row.usd is None
    assert row.figures["charged_usd"] == Decimal("1.5")


INSPECT_SAMPLE = {
    "id": "s1",
    "epoch": 2,
    "input": [{"role": "user", "content": "2+2?"}],
    "target": "4",
    "output": {"choices": [{"message": {"content": [{"type": "text", "text": "4"}]}, "stop_reason": "stop"}]},
    "scores": {"match": {"value": "C", "answer": "4"}},
    "model_usage": {
        "anthropic/claude-sonnet-4-5": {
            "input_tokens": 10,
            "output_tokens": 5,
            "total_tokens": 115,
            "input_tokens_cache_read": 100,
        },
        "openai/gpt-4o": {"input_tokens": 900, "output_tokens": 9, "total_tokens": 909},
    },
    "total_time": 2.5,
}
INSPECT_HEAD = {"eval": {"model": "anthropic/claude-sonnet-4-5", "task": "hub/sums", "created": "2025-11-01T10:00:00Z"}}


@pytest.mark.parametrize("kind", ["eval", "json"])
def test_inspect_cached_tokens_beside_the_input_and_the_usage_of_the_model_alone(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.{kind}"
    if kind == "eval":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.json", json.dumps(INSPECT_HEAD))
            archive.writestr("samples/s1_epoch_2.json", json.dumps(INSPECT_SAMPLE))
    else:
        path.write_text(json.dumps({**INSPECT_HEAD, "samples": [INSPECT_SAMPLE]}))
    (answer,) = read(path, "inspect").answers
    used = answer.attempt.usage
    assert used is not None
    # 115 in total = 10 + 5 + 100 read from the cache, so the prompt is 110
    assert (used.prompt_tokens, used.cached_tokens, used.completion_tokens) == (110, 100, 5)
    assert (answer.repeat, answer.attempt.timing.total_s, answer.task) == (1, 2.5, "sums")
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.CORRECT


def test_lm_eval_first_filter_counts_and_the_model_is_that_of_the_results(tmp_path: Path) -> None:
    row = {"doc_id": 0, "target": "4", "resps": [["It is 4"]], "filtered_resps": ["4"], "exact_match": 1.0}
    row["arguments"] = {"gen_args_0": {"arg_0": "2+2?", "arg_1": {}}}
    write(tmp_path / "samples_gsm8k_2025-11-01T10-00-00.jsonl", row, {**row, "exact_match": 0.0})
    (tmp_path / "results_2025-11-01T10-00-00.json").write_text(json.dumps({"model_name": "org/small"}))
    found = read(tmp_path, "lm-eval")
    (answer,) = found.answers
    assert (answer.model, answer.task, answer.attempt.usage) == ("org/small", "gsm8k", None)
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.CORRECT
    assert found.samples["gsm8k", "0"].prompt == "2+2?"


def test_promptfoo_answers_of_its_own_cache_have_no_usage_and_no_latency(tmp_path: Path) -> None:
    result = {"provider": {"id": "openai:chat:gpt-5"}, "promptIdx": 0, "testIdx": 0, "success": True, "latencyMs": 1500}
    tokens = {"total": 15, "prompt": 10, "completion": 5}
    fresh = {**result, "cost": 0.01, "response": {"output": "4", "tokenUsage": tokens}}
    cached = {**result, "success": False, "response": {"output": "5", "cached": True, "tokenUsage": {"cached": 15}}}
    content = {"results": {"version": 3, "timestamp": "2025-11-01T10:00:00Z", "results": [fresh, cached]}}
    (tmp_path / "results.json").write_text(json.dumps(content))
    found = read(tmp_path / "results.json", "promptfoo")
    assert [one.attempt.timing.total_s for one in found.answers] == [1.5, None]
    assert [one.attempt.usage is None for one in found.answers] == [False, True]
    assert [one.repeat for one in found.answers] == [0, 1]
    assert found.models[0].model_id == "openai/gpt-5"


def test_openrouter_activity_is_summed_by_model_and_day(tmp_path: Path) -> None:
    head = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug"
    rows = ["a,2025-11-20 10:00:00,0.01,100,50,0,x/y", "b,2025-11-20 11:00:00,0.02,200,60,,x/y"]
    (tmp_path / "activity.csv").write_text("\n".join([head, *rows]) + "\n")
    (row,) = read(tmp_path / "activity.csv", "openrouter-usage").rows
    assert (row.usd, row.n) == (Decimal("0.03"), 2)
    assert (row.tokens[0].prompt, row.tokens[0].cached) == (300, None)  # one row does not say what was cached


def test_harbor_trajectory_with_the_reward_of_its_trial(tmp_path: Path) -> None:
    agent = tmp_path / "trial-1" / "agent"
    agent.mkdir(parents=True)
    metrics = {
        "total_prompt_tokens": 100,
        "total_completion_tokens": 20,
        "total_cached_tokens": 60,
        "total_cost_usd": 0.5,
    }
    content = {
        "schema_version": "ATIF-v1.4",
        "session_id": "s",
        "agent": {"name": "a", "version": "1", "model_name": "claude-sonnet-4-5"},
        "steps": [{"step_id": 1, "timestamp": "2025-11-01T10:00:00Z", "message": "done"}],
        "final_metrics": metrics,
    }
    (agent / "trajectory.json").write_text(json.dumps(content))
    trial = {"task_name": "t1", "verifier_result": {"rewards": {"reward": 0.0}}}
    (tmp_path / "trial-1" / "result.json").write_text(json.dumps(trial))
    (answer,) = read(tmp_path, "atif").answers
    assert answer.sample_id == "t1"
    assert answer.attempt.reported_cost_usd == Decimal("0.5")
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.WRONG


def test_table_by_proposed_and_by_given_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("engine,question_id,ok,cost,latency_s\nm,1,yes,0.25,\nm,2,no,,3.5\n")
    found = read_table(tmp_path / "t.csv", correct="ok")
    assert [one.attempt.reported_cost_usd for one in found.answers] == [Decimal("0.25"), None]
    assert [one.attempt.timing.total_s for one in found.answers] == [None, 3.5]
    assert "model=engine" in found.published.notes[0]


def read_table(path: Path, **columns: str) -> ImportedResults:
    files = SourceFiles([path])
    return format_of(files, "table").read(files, ImportOptions(columns=columns))


def test_table_without_a_model_column_says_how_to_name_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"no column for model and correct; name it with --map model=COLUMN"):
        read_table(tmp_path / "t.csv")


def test_table_in_another_currency_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,correct,cost\nm,1,0.25\nm,1,€0.20\n")
    with pytest.raises(DataError, match=r"t\.csv, row 2: found '€0\.20'; accepted: a number, dollars"):
        read_table(tmp_path / "t.csv")


def test_a_missing_model_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,correct\n,1\n")
    with pytest.raises(DataError, match=r"t\.csv, row 1: no model"):
        read_table(tmp_path / "t.csv")


def test_map_to_a_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,resolved\nm,1\n")
    with pytest.raises(UsageError, match=r"--map correct=resolve: t\.csv has no such column; did you mean resolved"):
        read_table(tmp_path / "t.csv", correct="resolve")


def test_unknown_content_names_the_formats(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(DataError, match=r"no known format in x\.txt; known: hal, openhands"):
        format_of(SourceFiles([tmp_path / "x.txt"]))
