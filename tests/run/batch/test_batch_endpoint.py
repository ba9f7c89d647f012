"""Endpoints of a run by batches: keys of their own, and what is refused before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.errors import ConfigError
from harness.core.prices import GpuCost
from harness.core.types import Endpoint, SamplingParams
from harness.run.batch.batch_endpoint import as_batch
from harness.run.planning.call_keys import CallKeys
from tests.run.batch.batch_session import SAMPLES

LIVE = Endpoint(label="a/b", provider="a", model="b", model_id="b", base_url="https://x.invalid/v1", dialect="openai")


def key(endpoint: Endpoint) -> str:
    keys = CallKeys(endpoint=endpoint, dialect_version=1, task=("t", 1), params=SamplingParams())
    return keys.key(SAMPLES[0], 0)


def test_an_answer_of_a_batch_has_another_key_than_one_at_other_rates() -> None:
    (batch,) = as_batch([LIVE])
    assert len({key(LIVE), key(replace(LIVE, stream=False)), key(batch)}) == 3
    assert batch.is_batch
    assert not LIVE.is_batch


def test_all_models_that_cannot_be_sent_in_batches_are_named_at_once() -> None:
    own = replace(LIVE, label="own/m", dialect="vllm")
    azure = replace(LIVE, label="azure/m", dialect="azure")
    with pytest.raises(ConfigError, match=r"own/m \(dialect vllm\), azure/m \(dialect azure\); dialects .* openai"):
        as_batch([own, LIVE, azure])


def test_another_service_tier_is_refused_for_it_would_be_billed_otherwise() -> None:
    with pytest.raises(ConfigError, match=r"a/b \(flex\)"):
        as_batch([replace(LIVE, service_tier="flex")])


def test_a_server_that_is_paid_by_the_hour_is_refused_for_batches_have_no_times() -> None:
    with pytest.raises(ConfigError, match=r"GPU time .*: a/b"):
        as_batch([replace(LIVE, gpu_cost=GpuCost(gpu_hour_usd=Decimal(2)))])
