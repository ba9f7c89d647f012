"""Finds the batch API of a dialect: `acme` is `batch/dialects/acme.py` and its value `BATCHES`."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import cast

from harness.core.errors import ConfigError
from harness.providers.batch import dialects
from harness.providers.batch.protocol import BatchProtocol


def batch_dialects() -> list[str]:
    """The dialects whose provider has a batch API that is known here, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(dialects.__path__))


@functools.cache
def batches_of(dialect: str) -> BatchProtocol:
    """The batch API of a dialect. Raises ConfigError, naming those that have one, where it has none."""
    if dialect not in batch_dialects():
        raise ConfigError(f"dialect {dialect} has no batch API here; these have: {', '.join(batch_dialects())}")
    return cast(BatchProtocol, importlib.import_module(f"{dialects.__name__}.{dialect}").BATCHES)
