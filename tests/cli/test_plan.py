"""`harness plan`: samples, repeats and dollars for a difference, from earlier runs or from stated assumptions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Usage, Verdict
from tests.report.runs import RunWriter, answer, endpoint

PROVIDERS = """\
providers:
  acme:
    base_url: http://127.0.0.1:9/v1
    dialect: generic
    models:
      one: {price: {input: 1, output: 10, effective_from: 2025-01-01}}
      two: {price: {input: 2, output: 20, effective_from: 2025-01-01}}
      unpriced: {}
"""
ONE, TWO = endpoint("acme/one"), endpoint("acme/two")
MODELS = ("-m", "acme/one", "-m", "acme/two")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two priced models and a task file of 400 problems."""
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    rows = [{"id": f"s{number}", "prompt": "What is 2 + 2?", "target": "4"} for number in range(400)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["plan", "own.jsonl", "--grader", "math", "--json", *words]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def sizes(found: dict[str, object]) -> list[dict[str, object]]:
    listed = found["sizes"]
    assert isinstance(listed, list)
    return listed


def write_run(path: Path, *, repeats: int, samples: int = 40) -> None:
    """The first model is right on every sample, the second on three of four; each answer 100 tokens in, 10 out."""
    writer = RunWriter(path, endpoints=(ONE, TWO), samples=samples, repeats=repeats)
    manifest = writer.run.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"sums"', '"own.jsonl"'))
    usage = Usage(prompt_tokens=100, completion_tokens=10, reasoning_tokens=0)
    for repeat in range(repeats):
        for sample in range(samples):
            writer.job(ONE, sample, [answer(usage=usage)], Verdict.CORRECT, repeat=repeat)
            verdict = Verdict.WRONG if sample % 4 == 0 else Verdict.CORRECT
            writer.job(TWO, sample, [answer(usage=usage)], verdict, repeat=repeat)
    writer.close()
    for name in ("calls-0.jsonl", "samples.jsonl"):
        file = path / name
        file.write_text(file.read_text().replace('"task":"sums"', '"task":"own.jsonl"'))


@pytest.mark.usefixtures("here")
def test_without_runs_the_assumptions_are_stated_and_give_the_textbook_size(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--detect", "0.1", "--assume-accuracy", "0.8", "--assume-correlation", "0", "--assume-stable", "0")
    found = planned(capsys, *MODELS, *words)
    # (1.960 + 0.842)^2 x (0.8 x 0.2 + 0.7 x 0.3) / 0.1^2 = 7.849 x 0.37 / 0.01 = 290.4; Student's t adds one or two
    samples = sizes(found)[0]["samples"]
    assert isinstance(samples, int)
    assert 291 <= samples <= 293
    pairs = found["pairs"]
    assert isinstance(pairs, list)
    assert "assumed" in pairs[0]["basis"]
    assert "accuracies 0.8 and 0.7, correlation 0, stable share 0" in pairs[0]["basis"]


def test_spread_and_dollars_come_from_an_earlier_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(here / "old", repeats=2)
    found = planned(capsys, *MODELS, "--detect", "0.1", "--from", "old")
    pairs = found["pairs"]
    assert isinstance(pairs, list)
    # the differences are 1 on ten samples of 40, else 0: variance 40/39 x 0.25 x 0.75; repeats always agree
    assert pairs[0]["variance_between"] == pytest.approx(40 / 39 * 0.1875)
    assert pairs[0]["variance_within"] == [0, 0]
    assert pairs[0]["basis"] == "40 samples of old"
    first, second = sizes(found)[:2]
    assert first["samples"] == second["samples"]  # so a second repeat gains nothing
    samples = first["samples"]
    assert isinstance(samples, int)
    assert 151 <= samples <= 155  # 7.849 x 0.1923 / 0.01 = 150.9, and Student's t
    # an answer: 100 x 1 + 10 x 10 = 200 of the first model, 400 of the second, per million
    assert float(str(first["expected_usd"])) == pytest.approx(samples * 600e-6)
    assert found["command"] == f"harness run own.jsonl -m acme/one -m acme/two --limit {samples}"


def test_a_run_with_one_repeat_says_that_repeats_are_not_known(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(here / "old", repeats=1)
    pairs = planned(capsys, *MODELS, "--detect", "0.1", "--from", "old")["pairs"]
    assert isinstance(pairs, list)
    assert "not known what repeats would gain" in pairs[0]["basis"]


def test_a_run_of_too_few_samples_is_not_planned_by(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(here / "old", repeats=2, samples=9)
    pairs = planned(capsys, *MODELS, "--detect", "0.1", "--from", "old")["pairs"]
    assert isinstance(pairs, list)
    assert "9 samples graded for both: too few" in pairs[0]["basis"]


@pytest.mark.usefixtures("here")
def test_more_samples_than_there_are_is_said_with_what_they_would_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "own.jsonl", "--grader", "math", *MODELS, "--detect", "0.01"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "more samples than there are (400)" in shown
    assert "all 400 samples x 8 would show" in shown


@pytest.mark.usefixtures("here")
def test_repeats_beyond_the_usual_are_offered_where_they_suffice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--detect", "0.025", "--assume-correlation", "0.1", "--assume-stable", "0.1")
    found = planned(capsys, *MODELS, *words)
    last = sizes(found)[-1]
    assert last["fits"]
    assert last["samples"] == 400
    # no variance is shared by both: 7.849 x 0.9 x (0.7 x 0.3 + 0.675 x 0.325) / 0.025^2 = 4854 answers, 12.1 x 400
    assert last["repeats"] == 13


@pytest.mark.usefixtures("here")
def test_a_model_without_a_price_leaves_the_dollars_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "own.jsonl", "--grader", "math", "-m", "acme/one", "-m", "acme/unpriced", "--detect", "0.15"]
    assert main(words) == EXIT_OK
    shown = capsys.readouterr().out
    assert "? no price row of acme/unpriced" in shown
    first = next(line for line in shown.splitlines() if line.split()[:1] == ["1"])
    assert first.split()[-3:] == ["?", "?", "?"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "acme/one", "--detect", "0.1"], "needs two models"),
        ([*MODELS, "--detect", "0.1", "--assume-correlation", "0.9"], "above --assume-stable"),
        ([*MODELS, "--detect", "0.1", "--power", "0.3"], "below 0.5"),
        ([*MODELS, "--detect", "0.1", "--from", "nowhere"], "nowhere is not a run folder"),
        (["-m", "acme/one", "-m", "acme/tow", "--detect", "0.1"], "did you mean"),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "own.jsonl", "--grader", "math", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["3", "0", "1", "-0.1", "three", "nan"])
def test_a_difference_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", "core-math", *MODELS, f"--detect={text}"])
    assert ended.value.code == EXIT_USAGE
    assert "0.03" in capsys.readouterr().err
