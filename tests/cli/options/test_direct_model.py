"""A model described on the command line: run, recorded, and refused where the options do not fit."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.cli.options.context import load_context
from harness.cli.options.direct_model import DirectModels, add_direct_model_options, with_direct_model
from harness.cli.options.prices import price_book
from harness.core.errors import EXIT_OK, ConfigError, UsageError
from harness.core.types import Endpoint
from harness.testing import MockConfig, MockProcess, simulated

TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a mock server with the model `mine`, in the standard dialect."""
    with MockProcess(MockConfig(models=(simulated("mine", accuracy=1.0, dialect="generic"),), time_scale=0.0)) as mock:
        yield mock.url


def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> DirectModels:
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    parser.add_argument("-m", dest="model", action="append")
    add_direct_model_options(parser)
    return with_direct_model(load_context(None), parser.parse_args(words), TODAY)


def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Endpoint:
    found = described(tmp_path, monkeypatch, *words)
    (made,) = found.context.config.endpoints(found.labels, today=TODAY)
    return made


def test_model_at_an_address_is_run_priced_and_recorded(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.csv").write_text("prompt,answer\n1+1?,2\n")
    words = ["-m", "mine", "--base-url", f"{server}/v1", "--price", "2.5,10", "--name", "r", "--quiet"]
    assert main(["run", "my.csv", "--grader", "math", *words]) == EXIT_OK
    said = capsys.readouterr().err
    place = server.removeprefix("http://").replace(":", "-")
    assert (
        f"mine: asked at {server}/v1 as {place}/mine, dialect generic (a guess; --dialect sets another), no key" in said
    )
    manifest = json.loads((tmp_path / "results/r/manifest.json").read_text())
    assert manifest["endpoints"][0]["label"] == f"{place}/mine"
    assert manifest["endpoints"][0]["base_url"] == f"{server}/v1"
    assert manifest["prices"][0]["rates"]["prompt"] == "2.5"
    assert "--price 2.5,10" in manifest["prices"][0]["sources"]


@pytest.mark.parametrize(
    ("url", "label", "dialect", "key"),
    [
        ("https://api.openai.com/v1", "openai/mine", "openai", "OPENAI_API_KEY"),
        ("https://api.openai.com/v2", "api.openai.com/mine", "openai", "OPENAI_API_KEY"),
        ("http://api.openai.com/v2", "api.openai.com/mine", "generic", None),
        ("http://localhost:8000/v1", "vllm/mine", "vllm", None),
        ("http://127.0.0.1:11434/v1", "ollama/mine", "ollama", None),
        ("https://me.openai.azure.com/openai/v1", "me.openai.azure.com/mine", "azure", None),
        ("http://10.0.0.7:9000/v1/", "10.0.0.7-9000/mine", "generic", None),
        ("http://[::1]:9000/v1", "1-9000/mine", "generic", None),
    ],
)
def test_dialect_and_key_follow_the_host(
    url: str, label: str, dialect: str, key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = endpoint(tmp_path, monkeypatch, "-m", "mine", "--base-url", url)
    assert (made.label, made.model_id, made.dialect, made.api_key_env) == (label, "mine", dialect, key)


def test_dialect_and_key_of_the_options_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--base-url", "https://api.openai.com/v1", "--dialect", "xai", "--api-key-env", "MY_KEY")
    made = endpoint(tmp_path, monkeypatch, "-m", "org/mine@high", *words)
    assert (made.label, made.dialect, made.api_key_env) == ("api.openai.com/org/mine@high", "xai", "MY_KEY")
    assert made.model_id == "org/mine"


def test_of_several_models_the_unknown_one_is_at_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = described(tmp_path, monkeypatch, "-m", "sim/flaky", "-m", "mine", "--base-url", "http://10.0.0.7/v1")
    assert found.labels == ("sim/flaky", "10.0.0.7/mine")


def test_price_alone_prices_a_model_that_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = described(tmp_path, monkeypatch, "-m", "openai/gpt-4o", "--price", "2.5,10")
    (made,) = found.context.config.endpoints(found.labels, today=TODAY)
    assert (made.label, made.base_url) == ("openai/gpt-4o", "https://api.openai.com/v1")
    (row,) = [
        one
        for one in price_book(found.context.config, (), [made]).rows("openai", "gpt-4o")
        if "--price 2.5,10" in one.sources
    ]
    assert (str(row.rates.prompt), str(row.rates.completion), row.read_on) == ("2.5", "10", TODAY)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-m a --dialect openai", "--dialect: only with --base-url"),
        ("-m a --api-key-env K", "--api-key-env: only with --base-url"),
        ("-m a -m b --base-url http://h/v1", "for one model .*found a, b"),
        ("-m @sim --base-url http://h/v1", "for one model"),
        ("-m sim/flaky -m @sim --base-url http://h/v1", "found none"),
        ("-m a@* --base-url http://h/v1", "which efforts a model at --base-url takes is not known"),
        ("-m a@hihg --base-url http://h/v1", "reasoning effort 'hihg' .*accepted after @: none"),
        ("-m sim/flaky -m sim/thinker@* --base-url http://h/v1", "found none"),
        ("-m a --base-url h:8000", "'h:8000' is not an address; accepted"),
        ("-m a --base-url http://h:port", "is not an address"),
        (
            "-m a --base-url http://me:secret@h/v1",
            r"^--base-url \(not shown, it may hold a password\) is not an address",
        ),
        ("-m @sim --price 1,2", "--price is for one model"),
        ("-m opnai/a --price 1,2", "unknown provider 'opnai'.*did you mean openai"),
        ("-m a --base-url http://h/v1 --api-key-env sk-secret", "the command line.*expected the NAME of .* not shown"),
    ],
)
def test_options_that_do_not_fit_are_named(
    words: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((UsageError, ConfigError), match=message) as found:
        described(tmp_path, monkeypatch, *words.split())
    assert "secret" not in str(found.value)


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "-1,2", "1,nan", ""])
def test_price_that_is_none_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        described(tmp_path, monkeypatch, "-m", "a", f"--price={text}")
    assert ended.value.code == 2
