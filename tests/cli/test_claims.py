"""`harness claims`: the shipped ledger, simulated models with planted truths in a real run, wrong input."""

from __future__ import annotations

import io
import json
import re
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.cli.main import main
from tests.cases import all_cases
from tests.cli.test_run import harness

Record: TypeAlias = dict[str, object]
VERDICTS = {
    "depends on the reading",
    "confirmed",
    "refuted",
    "undecided",
    "not runnable any more",
    "not measurable by this harness",
}
MODES = {"live", "replay", "simulated", "computed"}


def claims(*words: str, cwd: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of the command in a folder of its own, within this process to save its start."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err, chdir(cwd):
        try:
            code = main(["claims", *words])
        except SystemExit as ended:  # how argparse refuses
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def records(*words: str, cwd: Path) -> dict[str, Record]:
    code, out, err = claims(*words, "--json", cwd=cwd)
    assert code == 0, err
    return {str(one["id"]): one for one in json.loads(out)}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    return records("--at", "2026-11-21", cwd=tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="module")
def november(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    return records(cwd=tmp_path_factory.mktemp("november"))


def test_json_has_a_record_for_each_of_the_92_claims(november: dict[str, Record]) -> None:
    assert len([name for name in november if re.match(r"s00[0-4]-", name)]) == 92  # the five articles
    for one in november.values():
        assert {"id", "kind", "verdict", "mode", "value", "interval", "n", "why"} <= set(one)
        assert one["verdict"] in VERDICTS
        assert one["mode"] in MODES
        assert one["why"]
    assert {str(one["mode"]) for one in november.values()} == {"computed"}  # no run was given


@all_cases(
    ("claim_id", "verdict", "said"),
    [
        ("s000-05", "depends on the reading", "input price: refuted (0.1)"),
        ("s004-07", "confirmed", "12% and not 10%"),
        ("s004-03", "refuted", "3 of 10"),
        ("s002-04", "depends on the reading", "26 of 30 problems by majority vote"),
        ("s000-04", "refuted", "61/69"),
        ("s001-06", "confirmed", "61/69"),
        ("s001-12", "refuted", "1.9 times as much"),
        ("s000-09", "refuted", "1.9 times as much"),
        ("s000-01", "not runnable any more", "2025-10-28"),
        ("s001-09", "not runnable any more", "2026-05-15"),
        ("s000-06", "undecided", "about 30 samples"),
        ("s000-02", "not measurable by this harness", "training costs"),
        ("s001-20", "not measurable by this harness", "no figure"),
    ],
)
def test_claims_are_settled_by_arithmetic_as_their_figures_say(
    november: dict[str, Record], claim_id: str, verdict: str, said: str
) -> None:
    assert november[claim_id]["verdict"] == verdict
    assert said in str(november[claim_id]["why"])


def test_external_claims_and_opinions_are_never_settled(november: dict[str, Record]) -> None:
    verdicts = {one["verdict"] for one in november.values() if one["kind"] in ("external", "opinion")}
    assert verdicts == {"not measurable by this harness"}


def test_prices_of_another_day_give_another_answer(shipped: dict[str, Record], november: dict[str, Record]) -> None:
    assert november["s000-05"]["priced_at"] == "2025-11-15"
    assert shipped["s000-05"]["priced_at"] == "2026-11-21"
    then, now = november["s003-03"]["prices"], shipped["s003-03"]["prices"]
    assert isinstance(then, list)
    assert isinstance(now, list)
    assert "groq/openai/gpt-oss-120b@2025-08-05" in then
    assert "groq/openai/gpt-oss-120b@2026-04-01" in now


def test_text_keeps_computed_checks_under_a_heading_of_their_own(tmp_path: Path) -> None:
    code, out, err = claims(cwd=tmp_path)
    assert code == 0, err
    assert "Computed: from dated list prices" in out
    assert "Measured: " not in out
    listed = out.partition("Contradictions")[2]
    for pair in ("s000-04 and s001-06", "s000-07 and s001-13", "s000-02 and s002-07"):
        assert pair in listed


def test_one_claim_is_shown_in_full(tmp_path: Path) -> None:
    _, out, _ = claims("--id", "s000-05", cwd=tmp_path)
    for figure in ("0.08", "0.1", "0.0875", "minimax/minimax-m2@2025-11-07"):
        assert figure in out


def test_plan_has_a_run_for_every_open_claim_or_says_why_not(tmp_path: Path, november: dict[str, Record]) -> None:
    _, out, _ = claims("--plan", "--json", cwd=tmp_path)
    plan = json.loads(out)
    planned = {claim for one in plan["runs"] for claim in one["claims"]} | {
        one["claim"] for one in plan["cannot_be_run"]
    }
    assert planned == {name for name, one in november.items() if one["verdict"] == "undecided"}
    assert planned


def test_every_shipped_claim_names_its_text_and_outside_sources_with_address_and_day(
    november: dict[str, Record],
) -> None:
    assert all(one["sources"] for one in november.values())
    assert "https://doi.org/10.1145/3731569.3764815, read on 2026-11-30" in str(november["s004-04"]["sources"])
    assert "developers.openai.com/api/docs/deprecations, 2026-10-15" in str(november["s000-01"]["sources"])


def test_plan_names_runs_with_their_cost(tmp_path: Path) -> None:
    _, out, _ = claims("--plan", "--json", cwd=tmp_path)
    plan = json.loads(out)
    served = {claim for one in plan["runs"] for claim in one["claims"]}
    assert {"s000-06", "s001-08", "s001-10"} <= served
    for one in plan["runs"]:
        is_speed = one["claims"] == ["s000-06"]
        assert one["command"].startswith("harness speed " if is_speed else "harness run ")
        assert float(one["usd"]) > 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--search", "K2 Thinking", "--search", "4.6 million"), {"s003-09"}),
        (("--model", "kimi-k2-thinking", "--kind", "arithmetic"), set()),
        (("--search", "MEME"), {"s001-15", "s001-22"}),
    ],
)
def test_claims_are_searched_by_words_and_models(words: tuple[str, ...], expected: set[str], tmp_path: Path) -> None:
    code, out, err = claims(*words, "--json", cwd=tmp_path)
    if not expected:
        assert code == 2
        assert "no claim of the ledger fits --kind arithmetic and --model kimi-k2-thinking" in err
        return
    assert {one["id"] for one in json.loads(out)} == expected


def test_only_open_claims_are_shown_when_asked(tmp_path: Path) -> None:
    _, out, _ = claims("--open", "--json", cwd=tmp_path)
    assert {one["verdict"] for one in json.loads(out)} == {"undecided"}


def test_unknown_model_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    code, _, err = claims("--model", "openai/gtp-5", cwd=tmp_path)
    assert code == 2
    assert "no claim is about the model 'openai/gtp-5'; did you mean openai/gpt-5 " in err


PROVIDERS = """\
providers:
  sim:
    models:
      strong:
        price: {input: 0, output: 20.00, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.95, answer_tokens: {median: 50, spread: 0.2}, ttft_s: {median: 0.01},
                   tokens_per_s: 5000, seed: 11}
      twin:
        price: {input: 0, output: 20.00, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.95, answer_tokens: {median: 50, spread: 0.2}, ttft_s: {median: 0.01},
                   tokens_per_s: 5000, seed: 12}
      weak:
        price: {input: 0, output: 1.00, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.4, answer_tokens: {median: 200, spread: 0.2}, ttft_s: {median: 0.01},
                   tokens_per_s: 5000, seed: 21}
"""
# Truths: accuracy 0.95, 0.95, 0.40; tokens of weak over strong 4; dollars an answer of weak over strong 4 / 20 = 0.2;
# dollars a correct answer of weak over strong 0.2 x 0.95 / 0.40 = 0.475. Undecided: thresholds at the truth itself.
PLANTED = [
    ("confirmed", "strong", "weak", "accuracy_difference", "> 0.2"),
    ("confirmed", "weak", "strong", "cost_ratio", "0.15 to 0.25"),
    ("confirmed", "weak", "strong", "verbosity_ratio", "3 to 5"),
    ("confirmed", "strong", "weak", "accuracy", ">= 0.8"),
    ("confirmed", "weak", "strong", "cost_per_correct_ratio", "< 0.9"),
    ("refuted", "weak", "strong", "accuracy_difference", ">= -0.1"),
    ("refuted", "weak", "strong", "cost_ratio", "> 0.5"),
    ("refuted", "weak", "strong", "verbosity_ratio", "<= 1"),
    ("refuted", "weak", "strong", "accuracy", ">= 0.8"),
    ("refuted", "weak", "strong", "relative_gap", "< 0.1"),
    ("undecided", "strong", "twin", "accuracy_difference", "> 0"),
    ("undecided", "strong", "twin", "cost_ratio", "> 1"),
    ("undecided", "weak", "strong", "verbosity_ratio", "> 4"),
    ("undecided", "strong", "twin", "accuracy", "> 0.95"),
    ("undecided", "strong", "twin", "cost_per_correct_ratio", "<= 1"),
]


def planted_ledger() -> str:
    entries = [
        f"  - {{id: c-{number}, quote: q, paraphrase: p, kind: measurable, subject: [sim/{first}],\n"
        f"     comparator: [sim/{second}],\n"
        f'     runs: [{{metric: {metric}, confirmed_if: "{confirmed_if}"}}]}}'
        for number, (_, first, second, metric, confirmed_if) in enumerate(PLANTED)
    ]
    return "\n".join(["article: planted", "prices_on: 2026-11-21", "claims:", *entries, ""])


@pytest.mark.slow
def test_simulated_run_turns_five_claims_each_way_as_planted(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    (tmp_path / "planted.yaml").write_text(planted_ledger())
    models = [word for name in ("strong", "twin", "weak") for word in ("-m", f"sim/{name}")]
    # Dollars and tokens have room for an unseen answer at the output limit: near the answers, it decides.
    limit = ("--max-tokens", "500")
    ran = harness("run", "core-math", "core-math-fresh", *models, *limit, "--name", "r", "--quiet", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    found = records("results/r", "--ledger", "planted.yaml", cwd=tmp_path)
    assert [found[f"c-{number}"]["verdict"] for number in range(len(PLANTED))] == [each[0] for each in PLANTED]
    for one in found.values():
        assert (one["mode"], one["n"]) == ("simulated", 212)
        assert isinstance(one["interval"], list)
        assert one["prices"]
        if one["verdict"] == "undecided":
            assert isinstance(one["needed_n"], int)
            assert one["needed_n"] >= 77
    _, text, _ = claims("results/r", "--ledger", "planted.yaml", cwd=tmp_path)
    assert "SIMULATED: from runs of the mock" in text
    assert "MEASURED" not in text
    assert "DESK" not in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--id", "s000-5"), ["s000-5", "s000-05"]),
        (("nowhere",), ["nowhere", "manifest.json"]),
        (("--ledger", "missing.yaml"), ["missing.yaml", "cannot be read"]),
        (("--id", "s000-05", "--kind", "opinion"), ["s000-05", "opinion"]),
        (("--ledger", "stray.yaml"), ["c-1", "c-9", "contradicts"]),
        (("--kind", "rumour"), ["rumour", "arithmetic"]),
        (("--at", "yesterday"), ["yesterday", "2025-11-15"]),
    ],
)
def test_wrong_input_is_named_with_what_is_accepted(words: tuple[str, ...], said: list[str], tmp_path: Path) -> None:
    (tmp_path / "stray.yaml").write_text(
        "article: x\nprices_on: 2026-11-21\nclaims:\n"
        "  - {id: c-1, quote: q, paraphrase: p, kind: opinion, why: w, contradicts: [{claim: c-9, problem: p}]}\n"
    )
    code, out, err = claims(*words, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert all(word in err for word in said), err
