"""Backends by name."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys

import pytest

from harness.core.errors import LocalError
from harness.providers.backends import make_backend
from harness.providers.transport.http_backend import HttpBackend


def test_http_and_openai_are_made_by_name() -> None:
    async def run() -> list[str]:
        made = [make_backend(name) for name in ("http", "openai")]
        for backend in made:
            await backend.close()
        assert isinstance(made[0], HttpBackend)
        return [type(backend).__module__.rpartition(".")[2] for backend in made]

    assert asyncio.run(run()) == ["http_backend", "openai_backend"]


@pytest.mark.skipif(importlib.util.find_spec("litellm") is not None, reason="litellm is installed here")
def test_litellm_without_its_extra_names_the_extra() -> None:
    async def run() -> None:
        make_backend("litellm")

    with pytest.raises(LocalError, match=r"pip install 'price-performance-harness\[litellm\]'"):
        asyncio.run(run())


def test_the_client_alone_does_not_import_the_sdk() -> None:
    code = "import sys, harness.providers.client, harness.providers.backends; print('openai' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
