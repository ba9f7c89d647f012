"""Tables on a real terminal of 80 and of 120 columns: they fit, and say what is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from harness.report.render.lines import cell_width
from tests.cli.terminals import LABELS, Screen
from tests.report.runs import RunWriter, answer, endpoint


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("words", [["report"], ["compare"], ["gate", "--write-baseline", "b.json"]], ids=lambda w: w[0])
def test_no_line_is_wider_than_the_terminal(words: list[str], columns: int, run: str, on_terminal: Screen) -> None:
    shown = on_terminal(words[0], run, *words[1:], columns=columns, environ={"NO_COLOR": "1"})
    if words[0] == "gate":
        shown = on_terminal("gate", run, "--baseline", "b.json", columns=columns)
        shown = re.sub(r"\x1b\[\d+m", "", shown)
        assert "passed: all" in shown
    lines = shown.splitlines()
    assert lines
    assert [line for line in lines if cell_width(line) > columns] == []
    assert LABELS[0] in shown
    assert LABELS[1] in "".join(line[:40].strip() for line in lines) or LABELS[1] in shown


@pytest.fixture
def many(run: str, tmp_path: Path) -> Path:
    """Beside the run: one that is broken, and a later run of the first model."""
    writer = RunWriter(tmp_path / "results" / "later", endpoints=[endpoint(LABELS[0])], samples=12)
    for number in range(12):
        writer.job(endpoint(LABELS[0]), number, [answer()], Verdict.CORRECT if number else Verdict.WRONG)
    writer.close()
    usage = {"prompt_tokens": 1234, "completion_tokens": 100, "total_tokens": 1334, "unheard_of_" * 3 + "tokens": 7}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Four."}}
    (tmp_path / "reply.json").write_text(json.dumps({"model": "m " * 60, "choices": [choice], "usage": usage}))
    (tmp_path / "results" / "broken").mkdir()
    (tmp_path / "results" / "broken" / "manifest.json").write_text('{"schema_version": 2}')
    return tmp_path


COMMANDS = (
    "compare r later",
    "claims",
    "models",
    "models @",
    "tasks",
    "tasks core-math",
    "runs list",
    "trend acme/one",
    "grade list",
    "cost explain reply.json -m minimax/minimax-m2 --at 2025-12-01T10:00Z",
    "coverage --list --setting ratio",
    pytest.param("speed -m sim/fast-sloppy --requests 1 --quiet", marks=pytest.mark.slow),
    pytest.param("run core-math -m sim/fast-sloppy --limit 1 --quiet", marks=pytest.mark.slow),
    "estimate core-math -m openai/gpt-5 -m @sim",
    "plan core-math -m openai/gpt-5 -m sim/flaky --detect 0.1",
    "prices list",
    "prices list openrouter",
    "prices show alibaba/qwen3-max",
    "prices show deepseek/deepseek-flash",
    "prices check",
)


@pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", COMMANDS)
def test_tables_of_every_command_fit_the_terminal(command: str, columns: int, many: Path, on_terminal: Screen) -> None:
    lines = on_terminal(*command.split(), columns=columns, environ={"NO_COLOR": "1"}).splitlines()
    assert len(lines) > 3
    assert [line for line in lines if cell_width(line) > columns] == []


@pytest.mark.parametrize(("columns", "is_whole"), [(80, False), (120, False), (240, True)])
def test_columns_left_out_are_said_and_the_figures_that_matter_stay(
    columns: int, run: str, on_terminal: Screen, *, is_whole: bool
) -> None:
    shown = on_terminal("report", run, columns=columns, environ={"NO_COLOR": "1"})
    assert ("left out at" in shown) is not is_whole
    assert "100% [76, 100]" in shown  # 12 of 12, Wilson
    assert "$/correct" in shown


def test_table_is_still_accepted_for_text_and_a_run_is_found_by_name_or_path(
    run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = set()
    for name, form in ((run, "table"), (run, "text"), (f"results/{run}", "text")):
        assert main(["compare", name, "--format", form]) == EXIT_OK
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1
    assert LABELS[0] in outputs.pop()


@pytest.mark.slow
def test_run_and_speed_print_as_asked_and_refuse_an_unknown_column_before_they_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = (["run", "core-math", "--limit", "1"], ["speed", "--requests", "1"])
    for words in commands:
        asked = [*words, "-m", "sim/fast-sloppy", "--quiet", "--name", words[0]]
        assert main([*asked, "--sort", "ttft"]) == EXIT_USAGE
        assert "--sort: no column 'ttft' here; did you mean ttft_s" in capsys.readouterr().err
        assert not (tmp_path / "results").exists() or words[0] not in {one.name for one in tmp_path.glob("results/*")}
        assert main([*asked, "--format", "json"]) == EXIT_OK
        record = json.loads(capsys.readouterr().out)
        # `n` of speed leaves out timings of a busy machine
        assert [(row["model"], row["planned"]) for row in record["rows"]] == [("sim/fast-sloppy", 1)]
