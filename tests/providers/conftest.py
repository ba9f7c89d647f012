"""Fixtures that several tests of providers use."""

from __future__ import annotations

import pytest

ACCOUNT = {
    "OPENAI_API_KEY": "sk-from-the-environment",
    "OPENAI_ADMIN_KEY": "sk-admin-from-the-environment",
    "OPENAI_ORG_ID": "org-from-the-environment",
    "OPENAI_PROJECT_ID": "proj-from-the-environment",
    "OPENAI_BASE_URL": "http://elsewhere.invalid/v1",
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's environment, of which nothing may reach another provider."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
