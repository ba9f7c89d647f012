"""`harness plan`: samples, repeats and dollars for a difference, from earlier runs or from stated assumptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_USAGE
from harness.core.types import Usage, Verdict
from tests.cli.planned_runs import MODELS, planned, sizes
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint("acme/one"), endpoint("acme/two")


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


@pytest.mark.usefixtures("plan_dir")
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


def test_spread_and_dollars_come_from_an_earlier_run(plan_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(plan_dir / "old", repeats=2)
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


def test_a_run_with_one_repeat_says_that_repeats_are_not_known(
    plan_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(plan_dir / "old", repeats=1)
    pairs = planned(capsys, *MODELS, "--detect", "0.1", "--from", "old")["pairs"]
    assert isinstance(pairs, list)
    assert "the gain from repeats is not known" in pairs[0]["basis"]


def test_a_run_of_too_few_samples_is_not_planned_by(plan_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(plan_dir / "old", repeats=2, samples=9)
    pairs = planned(capsys, *MODELS, "--detect", "0.1", "--from", "old")["pairs"]
    assert isinstance(pairs, list)
    assert "9 samples graded for both: too few" in pairs[0]["basis"]


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
@pytest.mark.usefixtures("plan_dir")
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "own.jsonl", "--grader", "math", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["3", "0", "1", "-0.1", "three", "nan"])
def test_a_difference_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", "core-math", *MODELS, f"--detect={text}"])
    assert ended.value.code == EXIT_USAGE
    assert "0.03" in capsys.readouterr().err


@pytest.mark.usefixtures("plan_dir")
def test_feedback_rounds_are_priced_and_stand_in_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--detect", "0.2")
    once, rounds = planned(capsys, *MODELS, *words), planned(capsys, *MODELS, *words, "--feedback-rounds", "2")
    assert "--feedback-rounds 2" in str(rounds["command"])
    assert "--feedback-rounds" not in str(once["command"])
    worst = [[float(str(size["worst_usd"])) for size in sizes(one) if size["fits"]] for one in (once, rounds)]
    assert worst[0]
    # three answers each, and the later ones have the earlier ones as input
    assert all(more > 3 * one for one, more in zip(*worst, strict=True))
