"""Endpoints, and the settings they are asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from harness.core.labels import Effort
from harness.core.prices import GpuCost
from harness.core.types.tasks import Json


class Origin(Enum):
    """Where figures come from: a provider, the mock server, a recording (`--replay`), or somebody else's results."""

    LIVE = "live"
    SIMULATED = "SIMULATED"
    IMPORTED = "IMPORTED"
    REPLAYED = "REPLAYED"


def origin_of(*, simulated: bool, imported: bool, replayed: bool = False) -> Origin:
    """Imported results are so whatever else they say of themselves; recorded simulated answers are simulated."""
    if imported:
        return Origin.IMPORTED
    if simulated:
        return Origin.SIMULATED
    return Origin.REPLAYED if replayed else Origin.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """What is asked of the sampler. None: not sent, so the provider's default holds."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    effort: Effort | None = None
    thinking: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """What an endpoint allows, and how long we wait. Seconds; None: no such limit."""

    max_concurrency: int = 16
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    connect_timeout_s: float = 15.0
    first_byte_timeout_s: float = 600.0
    between_chunks_timeout_s: float = 180.0
    total_timeout_s: float = 3600.0
    max_attempts: int = 6


BATCH_BACKEND = "batch"
"""`Endpoint.backend` of an endpoint whose requests go through its provider's batch API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One model as one provider serves it.

    `label` is how rows name it (`openai/gpt-5@high`); `model` is our name of the model, `model_id` the provider's.
    `api_key_env` names the variable that holds the key; the key itself never stands in a value.
    `traits` are the dialect's switches for this model (such as `always_thinks`). `extra_body` goes into every request.
    `served_as`: further names under which responses report this model; `*` accepts any (a server of one's own).
    `simulated`: its answers come from the mock server; `starts_with_run`: by a mock that each run starts for itself;
    `gpu_cost`: dollars are measured GPU time instead of token prices.
    `simulated_by_response`: its responses said so, so that call keys made before are still those of its address.
    `imported`: its responses were taken from somebody else's results; nothing is ever sent to it. `replayed`: its
    responses come from a recording.
    """

    label: str
    provider: str
    model: str
    model_id: str
    base_url: str
    dialect: str
    api_key_env: str | None = None
    backend: str = "http"
    service_tier: str | None = None
    params: SamplingParams = SamplingParams()
    limits: EndpointLimits = EndpointLimits()
    traits: frozenset[str] = frozenset()
    extra_body: Mapping[str, Json] = field(default_factory=dict)
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    stream: bool = True
    simulated: bool = False
    starts_with_run: bool = False
    served_as: tuple[str, ...] = ()
    simulated_by_response: bool = False
    gpu_cost: GpuCost | None = None
    imported: bool = False
    replayed: bool = False

    @property
    def origin(self) -> Origin:
        """Where its figures come from."""
        return origin_of(simulated=self.simulated, imported=self.imported, replayed=self.replayed)

    @property
    def is_batch(self) -> bool:
        """Whether its requests go through the provider's batch API."""
        return self.backend == BATCH_BACKEND

    @property
    def name(self) -> str:
        """`provider/model`, the name prices and claims go by; the effort is not part of it."""
        return f"{self.provider}/{self.model}"

    def reasoning_enabled(self, params: SamplingParams) -> bool | None:
        """Whether the model reasons before it answers under these settings; None where that is not known.

        Some providers price all output of a thinking request differently (pricing.cost).
        """
        if "always_thinks" in self.traits:
            return True
        if "never_thinks" in self.traits:
            return False
        if params.thinking is not None:
            return params.thinking
        if params.effort is not None:
            return params.effort is not Effort.NONE
        if "reasoning" in self.traits:
            return True
        return False if "thinking_optional" in self.traits else None
