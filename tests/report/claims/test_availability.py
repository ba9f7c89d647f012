"""Who still serves a claim's model, by providers.yaml and by the days a claims file states."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from harness.config.load import Config, load_config
from harness.report.claims.availability import availability_of, is_same_model
from harness.report.claims.claim_file import RetiredModel

OWN = """\
providers:
  acme:
    base_url: http://acme.invalid/v1
    dialect: openai
    models:
      old: {retired_on: 2026-05-15}
      moved: {retired_on: 2026-05-15, also_at: [acme/gone, acme/here]}
      gone: {retired_on: 2026}
      here: {}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "providers.yaml").write_text(OWN)
    return load_config(providers_file=None, cwd=tmp_path, environ={})


@pytest.mark.parametrize(
    ("model", "today", "label", "is_gone", "said"),
    [
        ("acme/here", "2026-11-21", "acme/here", False, "is served"),
        ("acme/old", "2026-05-14", "acme/old", False, "is served"),
        ("acme/old", "2026-05-15", None, True, "retired on 2026-05-15 and no other host"),
        ("acme/moved@high", "2026-11-21", "acme/here@high", False, "retired on 2026-05-15; still served as acme/here"),
        ("acme/gone", "2026-11-21", None, True, "in 2026 (the day is not known)"),
        ("nobody/one", "2026-11-21", None, False, "no entry of providers.yaml serves nobody/one"),
        ("maker/withdrawn", "2026-10-22", "maker/withdrawn", False, "is to be retired on 2026-10-23 (a page)"),
        ("maker/withdrawn", "2026-10-23", None, True, "was retired on 2026-10-23 (a page)"),
    ],
)
def test_retired_model_names_its_day_and_another_host(
    config: Config, model: str, today: str, label: str | None, is_gone: bool, said: str
) -> None:
    retired = {"maker/withdrawn": RetiredModel.model_validate({"on": "2026-10-23", "source": "a page"})}
    found = availability_of(model, config, retired, today=date.fromisoformat(today))
    assert (found.label, found.is_gone) == (label, is_gone)
    assert said in found.words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("minimax/minimax-m2", "openrouter/minimax/minimax-m2", True),
        ("anthropic/claude-sonnet-4-5", "openrouter/anthropic/claude-sonnet-4.5", True),
        ("groq/openai/gpt-oss-120b", "cerebras/gpt-oss-120b", True),
        ("deepseek/deepseek-chat", "openrouter/deepseek/deepseek-v3.2-exp", True),  # by also_at
        ("acme/moved", "acme/here", True),
        ("openai/gpt-5", "openai/gpt-5-mini", False),
        ("openai/gpt-5", "openai/gpt-5.1", False),
        ("minimax/minimax-m2", "minimax/minimax-m2.7", False),
    ],
)
def test_same_model_at_another_host_is_known(config: Config, one: str, other: str, same: bool) -> None:
    assert is_same_model(one, other, config) is same
    assert is_same_model(other, one, config) is same
