"""`harness run` with changed prompts and a limit of requests in flight: recorded, and fixed once a run has begun."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE

RUN = ["run", "my.csv", "--grader", "numeric", "-m", "sim/fast-sloppy", "--name", "r", "--quiet"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.csv").write_text("prompt,answer\n1+1?,2\n")
    Path("t.txt").write_text("Q: {prompt}\nA: \\boxed{}\n")


@pytest.mark.slow
def test_prompt_system_and_concurrency_are_sent_and_recorded() -> None:
    options = ["--prompt-template", "t.txt", "--system", "Be brief.", "--concurrency", "3"]
    assert main([*RUN, *options]) == EXIT_OK
    manifest = json.loads(Path("results/r/manifest.json").read_text())
    assert manifest["prompt_template"] == "Q: {prompt}\nA: \\boxed{}"
    assert manifest["system"] == "Be brief."
    assert manifest["endpoints"][0]["limits"]["max_concurrency"] == 3
    sample = json.loads(Path("results/r/samples.jsonl").read_text())["sample"]
    assert (sample["prompt"], sample["system"]) == ("Q: 1+1?\nA: \\boxed{}", "Be brief.")


@pytest.mark.slow
def test_options_cannot_change_for_a_run_that_has_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(RUN) == EXIT_OK
    for option, value in (("--prompt-template", "t.txt"), ("--system", "x"), ("--concurrency", "2")):
        assert main(["run", "--resume", "results/r", option, value]) == EXIT_USAGE
        assert f"{option} cannot change for a run that has started" in capsys.readouterr().err


def test_answer_that_the_grader_could_not_use_is_named_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("my.csv").write_text("id,prompt,answer\na,1+1?,two\n")
    assert main(RUN) == EXIT_USAGE
    assert "my.csv: sample a: the answer 'two' is no number; accepted: 3.14" in capsys.readouterr().err
    assert not Path("results").exists()
