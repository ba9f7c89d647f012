"""What a running mock knows: its models, its ledger, the steps still to come, the requests it received."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from harness.mock.answers import AnswerBook
from harness.mock.batches.store import BatchAnswer, BatchStore
from harness.mock.billing import BillingLedger
from harness.mock.faults import ScriptedStep
from harness.mock.formats.base import AnswerPlan, ResponseFormat
from harness.mock.prompt_cache import PromptCaches
from harness.mock.scenario import SimulatedModel
from harness.mock.scenario_rules import ScenarioPlayer

_KEPT_REQUESTS = 2000
_KEPT_RESPONSES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """A request as it came in; of headers with a key only `present` is kept."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(slots=True, kw_only=True)
class MockState:
    """What a running mock knows; `requests` holds the latest 2000, `received` counts all.

    `responses`: the latest 1000 answers of the Responses API by id, for those who fetch them again.
    """

    models: Mapping[str, SimulatedModel]
    answers: AnswerBook
    ledger: BillingLedger
    time_scale: float
    scenario: ScenarioPlayer = field(default_factory=ScenarioPlayer)
    steps: deque[ScriptedStep] = field(default_factory=deque)
    requests: deque[ReceivedRequest] = field(default_factory=lambda: deque(maxlen=_KEPT_REQUESTS))
    received: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    batches: BatchStore = field(default_factory=BatchStore)
    batch_answers: dict[str, list[BatchAnswer]] = field(default_factory=dict)
    caches: PromptCaches = field(default_factory=PromptCaches)
    responses: dict[str, tuple[ResponseFormat, AnswerPlan]] = field(default_factory=dict)

    def keep_response(self, response_format: ResponseFormat, plan: AnswerPlan) -> None:
        """Keep an answer to be fetched again by `resp_` and its id; the oldest goes where there are too many."""
        self.responses[f"resp_{plan.id}"] = (response_format, plan)
        if len(self.responses) > _KEPT_RESPONSES:
            del self.responses[next(iter(self.responses))]

    def next_step(self, model: str) -> ScriptedStep | None:
        """The first scripted step that is meant for this model, taken off the list; None where there is none."""
        for index, step in enumerate(self.steps):
            if step.model in (None, model):
                if step.times > 1:
                    self.steps[index] = step.model_copy(update={"times": step.times - 1})
                else:
                    del self.steps[index]
                return step
        return None


STATE: web.AppKey[MockState] = web.AppKey("STATE", MockState)
