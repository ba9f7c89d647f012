"""`harness cost explain`: usage and bill of raw replies, given as a user gives them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.cli.costed import GROK, USAGE, explain

DIALECT_OF_PREFIX = {
    "openai-responses": "openai_responses",
    "azure-openai": "azure",
    "anthropic-compat-": "anthropic_compat",
    "anthropic-compat.": "anthropic_compat",
    "anthropic": "anthropic_messages",
    "xai-responses": "xai_responses",
    "gemini": "gemini_compat",
}

NAMES = [
    *("usage", "choices", "message", "content", "error", "code", "body", "headers", "status", "http", "base_resp"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens", "cached_tokens", "cost"),
    *("prompt_tokens_details", "completion_tokens_details", "reasoning_tokens", "timings", "cost_in_usd_ticks"),
]

PRICE_FILE = """\
provider: acme
prices:
  - model: rocket
    effective_from: 2025-01-01
    rates: {prompt: 2, cached: 0.5, completion: 8, thinking_completion: 20}
    service_tiers: {flex: {prompt: 1, completion: 4}}
    sources: [a letter of intent]
    read_on: 2025-01-01
    confidence: high
"""


def dialect_of(file: str) -> str:
    """The dialect of a development payload, by its file name."""
    known = [name for prefix, name in DIALECT_OF_PREFIX.items() if file.startswith(prefix)]
    return known[0] if known else file.partition(".")[0].partition("-")[0]


@pytest.fixture
def reply(tmp_path: Path) -> Path:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(GROK))
    return path


@pytest.mark.shared("dialects")
def test_every_recorded_payload_has_the_expected_usage(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "dialects"
    rows = [row for row in json.loads((folder / "expected.json").read_text()) if row["expected"] is not None]
    wrong = {}
    for row in rows:
        found = explain(capsys, "--dialect", dialect_of(row["file"]), str(folder / row["file"]))["usage"]
        if found != row["expected"]:
            wrong[row["file"]] = (found, row["expected"])
    with capsys.disabled():
        print(f" {len(rows)} recorded payloads with usage, {len(rows) - len(wrong)} as expected ", end="")
    assert wrong == {}
    assert len(rows) >= 55


def test_bill_lines_add_up_to_the_total(reply: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = explain(capsys, "--dialect", "xai", "--model", "xai/grok-4", "--at", "2025-11-15T10:00Z", str(reply))
    assert found["usage"] == {
        "uncached_input": 600,
        "cached_input": 400,
        "cache_write": 0,
        "output_excl_reasoning": 100,
        "reasoning": 500,
        "total_billed_output": 600,
    }
    bill = found["bill"]
    assert isinstance(bill, dict)
    # $3, $0.75 and $15 per million: 600 x 3 + 400 x 0.75 + 100 x 15 + 500 x 15 = 1800 + 300 + 1500 + 7500 = 11100
    assert [(line["tokens"], line["usd"]) for line in bill["lines"]] == [
        (600, "0.0018"),
        (400, "0.0003"),
        (100, "0.0015"),
        (500, "0.0075"),
    ]
    assert (found["total_usd"], bill["price_id"], bill["is_upper_bound"]) == ("0.0111", "xai/grok-4@2025-07-09", False)


def test_people_read_rates_row_and_total(reply: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "explain", "--model", "xai/grok-4", "--at", "2025-11-15T10:00Z", str(reply)]) == EXIT_OK
    shown = capsys.readouterr().out
    for words in ("dialect xai v", "price row xai/grok-4@2025-07-09", "prompt, cached", "0.75", "total $0.0111"):
        assert words in shown


def test_charges_beside_tokens_are_said_and_the_tokens_bill_is_the_known_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "reply.json"
    path.write_text(json.dumps({**GROK, "usage": {**USAGE, "num_sources_used": 7}}))
    words = ["cost", "explain", "--dialect", "xai", "--model", "xai/grok-4", "--at", "2025-11-15T10:00Z", str(path)]
    assert main(words) == EXIT_OK
    shown = capsys.readouterr().out
    assert "NOT BILLED: 7 num_sources_used charged beside the tokens" in shown
    assert "the known part is $0.0111" in shown
    bill = explain(capsys, *words[2:])["bill"]
    assert isinstance(bill, dict)
    assert (bill["usd"], bill["known_usd"]) == (None, "0.0111")


def test_a_cut_stream_has_unknown_dollars_and_no_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.sse"
    path.write_text('data: {"choices":[{"index":0,"delta":{"content":"Fo"},"finish_reason":null}]}\n\n')
    found = explain(capsys, "--dialect", "xai", "--model", "xai/grok-4", "--at", "2025-11-15", str(path))
    assert found["total_usd"] is None
    bill, error = found["bill"], found["error"]
    assert isinstance(bill, dict)
    assert isinstance(error, dict)
    assert (bill["usd"], error["cause"]) == (None, "stream_truncated")
    assert "without usage" in bill["reason"]


def test_charge_of_the_provider_keeps_every_digit_and_its_gap_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps({**GROK, "model": "rocket", "usage": {**USAGE, "cost": "HERE"}})
    body = body.replace('"HERE"', "0.022345678901234567890")
    path = tmp_path / "reply.json"
    path.write_text(f'{{"status": 200, "headers": {{}}, "body": {body}}}')
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICE_FILE)
    words = ["--dialect", "openrouter", "--model", "acme/rocket", "--prices", str(prices), "--thinking", "no"]
    found = explain(capsys, *words, "--at", "2025-06-01", str(path))
    assert found["reported_usd"] == "0.02234567890123456789"
    gap = found["charge_gap"]
    assert isinstance(gap, dict)
    assert "charges beside tokens" in gap["likely_cause"]


@pytest.mark.parametrize(
    ("words", "usd"),
    [
        # openrouter counts reasoning inside: 1000 prompt of which 400 cached, and with the total 600 output tokens
        (["--thinking", "yes"], "0.0134"),  # 600 x 2 + 400 x 0.5 + 600 x 20 = 13400 per million
        (["--service-tier", "flex"], "0.0034"),  # 1000 x 1 + 600 x 4, no cached rate: an upper bound
    ],
)
def test_service_tier_and_thinking_choose_the_rates(
    words: list[str], usd: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = tmp_path / "rocket.json"
    reply.write_text(json.dumps({**GROK, "model": "rocket"}))
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICE_FILE)
    common = ["--dialect", "openrouter", "--model", "acme/rocket", "--prices", str(prices), "--at", "2025-06-01"]
    assert explain(capsys, *common, *words, str(reply))["total_usd"] == usd


def test_a_day_without_a_price_row_is_unknown_with_the_rows_there_are(
    reply: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = explain(capsys, "--dialect", "xai", "--model", "xai/grok-4", "--at", "2020-01-01", str(reply))
    bill = found["bill"]
    assert isinstance(bill, dict)
    assert found["total_usd"] is None
    assert "xai/grok-4@2025-07-09" in bill["reason"]


def test_contradictions_are_named_and_make_an_upper_bound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    body = {**GROK, "model": "gpt-5", "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 50}}}
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(body))
    found = explain(capsys, "--dialect", "openai", "--model", "openai/gpt-5", str(path))
    flags, bill = found["flags"], found["bill"]
    assert isinstance(flags, dict)
    assert isinstance(bill, dict)
    assert flags["problems"]
    assert bill["is_upper_bound"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dialect", "xai", "absent.json"], "cannot read absent.json: No such file"),
        (["absent.json"], "say where the response comes from"),
        (["--dialect", "antropic", "absent.json"], "did you mean anthropic"),
        (["--dialect", "xai", "--model", "xai/grok4", "absent.json"], "did you mean xai/grok-4"),
        (["--dialect", "xai", "--model", "grok-4", "absent.json"], "write provider/model"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "explain", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUES, name=st.sampled_from(["openai", "xai", "anthropic_messages", "gemini_compat", "llamacpp"]))
def test_no_json_breaks_the_command_or_makes_a_negative_bill(
    value: object, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(value))
    code = main(["cost", "explain", "--dialect", name, "--model", "openai/gpt-5", "--json", str(path)])
    shown = capsys.readouterr().out
    assert code in (EXIT_OK, EXIT_USAGE)
    if code == EXIT_OK:
        total = json.loads(shown)["total_usd"]
        assert total is None or Decimal(total) >= 0


def test_an_instant_that_is_none_is_refused(reply: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cost", "explain", "--dialect", "xai", "--at", "noon", str(reply)])
    assert ended.value.code == EXIT_USAGE
    assert "'noon' is not an instant such as 2025-11-15T10:00Z" in capsys.readouterr().err
