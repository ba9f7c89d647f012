"""A working folder with a providers.yaml of the user's own, and what the harness makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from harness.config.load import Config, load_config
from harness.core.errors import ConfigError
from harness.core.prices import Price
from harness.core.types import Endpoint
from harness.pricing.read_prices import read_written_price

TODAY = date(2026, 11, 21)


def config_of(folder: Path, text: str = "", *, environ: Mapping[str, str] | None = None) -> Config:
    """The shipped configuration with `text` laid over it as the folder's providers.yaml; none is written for ""."""
    if text:
        (folder / "providers.yaml").write_text(dedent(text), encoding="utf-8")
    return load_config(providers_file=None, cwd=folder, environ=environ or {})


def own_rows(config: Config, endpoints: Sequence[Endpoint] = ()) -> list[Price]:
    """The prices written in the configuration, read."""
    return [read_written_price(written) for written in config.prices(endpoints)]


def refusal_of(folder: Path, text: str) -> str:
    """What the harness says of `text` as the folder's providers.yaml."""
    with pytest.raises(ConfigError) as caught:
        config_of(folder, text)
    return str(caught.value)


def endpoint_of(config: Config, label: str) -> Endpoint:
    """The endpoint of a label on the day all these tests are run on."""
    return config.endpoint(label, today=TODAY)
