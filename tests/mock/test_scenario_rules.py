"""Scenarios: which request gets which answer, tokens, wait or fault, as a file says it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.core.errors import ConfigError
from harness.core.types import Sample
from harness.mock.config import MockConfig, config_from_json
from harness.mock.scenario_rules import ScenarioPlayer, ScenarioRule, read_scenario
from harness.mock.testing import RunningMock, simulated

StartMock: TypeAlias = Callable[..., RunningMock]
SAMPLE = Sample(id="sum", prompt="What is 3 + 4?", target="7")


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def ask(mock: RunningMock, prompt: str = "Hello", model: str = "m", dialect: str = "generic") -> tuple[int, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    request = urllib.request.Request(f"{mock.base_url(dialect)}/chat/completions", data=json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_first_call_is_refused_and_the_next_is_answered(tmp_path: Path, harness_mock: StartMock) -> None:
    path = written(tmp_path, "rules:\n  - {model: m, call: 1, error: rate_limit}\n")
    mock = harness_mock([simulated("m"), simulated("n")], scenario=path)
    others = ask(mock, model="n")
    assert [others[0], *[(ask(mock))[0] for _ in range(3)]] == [200, 429, 200, 200]


def test_sample_gets_its_answer_and_its_usage_is_billed(tmp_path: Path, harness_mock: StartMock) -> None:
    rule = "{sample: sum, answer: Seven., usage: {prompt_tokens: 1000, cached_tokens: 400, completion_tokens: 200}}"
    mock = harness_mock([simulated("m")], [SAMPLE], scenario=written(tmp_path, f"rules: [{rule}]\n"))
    _, reply = ask(mock, SAMPLE.prompt)
    assert reply["choices"][0]["message"]["content"] == "Seven."
    assert reply["usage"]["prompt_tokens"] == 1000
    assert reply["usage"]["prompt_tokens_details"]["cached_tokens"] == 400
    assert mock.ledger.total() == Decimal("0.0018")  # 1000 at $1 and 200 at $4 per million; cached has no own rate
    _, other = ask(mock, "What is 5 + 4?")
    assert "Seven." not in other["choices"][0]["message"]["content"]


def test_prompt_is_matched_by_a_regular_expression(tmp_path: Path, harness_mock: StartMock) -> None:
    path = written(tmp_path, 'rules:\n  - {prompt: "per ?cent", answer: Half.}\n')
    mock = harness_mock([simulated("m")], scenario=path)
    said = [(ask(mock, text))[1]["choices"][0]["message"]["content"] for text in ("In percent?", "In all?")]
    assert [text == "Half." for text in said] == [True, False]


def test_scripted_step_comes_before_the_scenario(tmp_path: Path, harness_mock: StartMock) -> None:
    path = written(tmp_path, "rules: [{answer: Always.}]\n")
    mock = harness_mock([simulated("m")], scenario=path)
    mock.script([{"answer": "Once."}])
    said = [(ask(mock))[1]["choices"][0]["message"]["content"] for _ in range(2)]
    assert said == ["Once.", "Always."]


def test_tokens_that_the_dialect_cannot_state_are_refused(tmp_path: Path, harness_mock: StartMock) -> None:
    usage = "{prompt_tokens: 10, cache_write_tokens: 4, completion_tokens: 2}"
    mock = harness_mock([simulated("m")], scenario=written(tmp_path, f"rules: [{{usage: {usage}}}]\n"))
    status, reply = ask(mock, dialect="generic")
    assert (status, reply["error"]["message"]) == (400, "the dialect generic states no cache_write_tokens")


def test_first_rule_that_matches_counts_and_each_counts_its_own_calls() -> None:
    rules = (ScenarioRule(call=[1, 3], answer="a"), ScenarioRule(prompt="x", call=2, answer="b"))
    player = ScenarioPlayer(rules=rules)
    asked = [player.step("m", None, text) for text in ("x", "y", "x", "x")]
    # the first rule takes calls 1 and 3; the third request is the second with an x, but the first rule comes first
    assert [step and step.answer for step in asked] == ["a", None, "a", None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules:\n  - {modell: m, answer: hi}\n", r":2: unknown field 'modell' in rules\.0; did you mean model"),
        ("rules:\n  - {model: other, answer: hi}\n", r":2: the mock has no model 'other'; known: m"),
        ("rules:\n  - {sample: sun, answer: hi}\n", r":2: the mock has no sample 'sun'; did you mean sum\?"),
        ("rules:\n  - {model: m}\n", r":2: rules\.0 is a mapping; the rule does nothing"),
        ("rules:\n  - {times: 2, answer: hi}\n", r"accepted: `call: 1`"),
        ("rules:\n  - {call: 0, answer: hi}\n", r":2: rules\.0\.call is '0'; expected greater than or equal to 1"),
        ('rules:\n  - {prompt: "(", answer: hi}\n', r"not a regular expression: missing \)"),
        ("rules:\n  - {usage: {prompt_tokens: 1, completion_tokens: 1, cached_tokens: 2}}\n", "part of the prompt"),
        ("rules:\n  - {usage: {prompt_tokens: 1, completion_tokens: 1, reasoning_tokens: 2}}\n", "of the completion"),
        ("rules: []\n", "at least 1 item"),
        ("- a\n", "expected a mapping with `rules:`, found a list"),
        ("", "lacks the field 'rules'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_scenario(written(tmp_path, text), models=["m"], sample_ids=["sum"])


def test_rules_reach_a_mock_in_a_process_of_its_own() -> None:
    rules = (ScenarioRule(model="m", call=2, error="rate_limit"),)  # type: ignore[arg-type]
    config = MockConfig(models=(simulated("m"),), rules=rules)
    assert config_from_json(config.to_json(), where="here").rules == rules
