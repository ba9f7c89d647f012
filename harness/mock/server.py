"""The mock's server: OpenAI-compatible endpoints of many providers on loopback, with a ledger of what they billed.

    /v1/chat/completions, /v1/messages, /v1/responses     in the model's own dialect
    /<dialect>/v1/...                                      in that dialect
    /v1/models, /health                                    what is served, and that it is up (model_pages)
    /v1/files, /v1/batches, ...                            batches, in each vendor's form (batches.pages)
    /_ledger, /_requests, /_script, /_batches              what is billed and received; faults and hours to come

What happens to a request for an answer is `harness.mock.attempt`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from aiohttp import web
from pydantic import ValidationError

from harness.core.labels import SIMULATED_HEADER
from harness.mock.answers import AnswerBook
from harness.mock.attempt import complete
from harness.mock.batches.pages import add_batch_controls, add_batch_pages
from harness.mock.batches.store import FILE as BATCHES_FILE
from harness.mock.batches.store import BatchStore
from harness.mock.billing import BillingLedger, check_price
from harness.mock.faults import STEPS, explained
from harness.mock.model_pages import add_model_pages, say_healthy
from harness.mock.scenario import SimulatedModel
from harness.mock.scenario_rules import ScenarioPlayer, ScenarioRule
from harness.mock.state import STATE, MockState

_ROUTE = "{route:chat/completions|messages|responses}"
_VENDOR_PATHS = "openai/v1|api/v1|v1beta/openai|api/paas/v4|compatible-mode/v1"
"""Groq's, OpenRouter's, Gemini's, Z.ai's and DashScope's own, for clients that add them to a host."""
_BASES = ("/v1", "/{dialect}/v1", f"/{{dialect}}/{{vendor_path:{_VENDOR_PATHS}}}")
_DEPLOYMENTS = ("/openai/deployments/{deployment}", "/{dialect}/openai/deployments/{deployment}")
"""Azure's: the model stands in the path."""
_LARGEST_BODY = 256 * 1024 * 1024


def create_app(
    models: Mapping[str, SimulatedModel],
    answers: AnswerBook,
    ledger: BillingLedger,
    time_scale: float = 1.0,
    rules: tuple[ScenarioRule, ...] = (),
) -> web.Application:
    """The mock as an aiohttp application; `models` by the name that requests use.

    `time_scale` stretches every simulated time: 0 answers at once. Raises ConfigError for a price it cannot charge by.
    """
    for model in models.values():
        check_price(model.price, model.name)
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.on_response_prepare.append(_say_what_it_is)
    scenario = ScenarioPlayer(rules=rules)
    app[STATE] = MockState(
        models=dict(models),
        answers=answers,
        ledger=ledger,
        time_scale=time_scale,
        scenario=scenario,
        batches=BatchStore(path=ledger.path and ledger.path.with_name(BATCHES_FILE), time_scale=time_scale),
    )
    for base in (*_BASES, *_DEPLOYMENTS):
        app.router.add_post(f"{base}/{_ROUTE}", complete)
    for base in _BASES:
        add_model_pages(app, base)
        add_batch_pages(app, base)
    add_batch_controls(app)
    app.router.add_get("/health", say_healthy)
    app.router.add_get("/_ledger", _show_ledger)
    app.router.add_get("/_requests", _show_requests)
    app.router.add_post("/_script", _add_steps)
    app.router.add_delete("/_script", _drop_steps)
    return app


async def _say_what_it_is(request: web.Request, response: web.StreamResponse) -> None:
    """So that a run which was pointed here by hand does not take these answers for a model's."""
    del request
    response.headers[SIMULATED_HEADER] = "1"


async def _show_ledger(request: web.Request) -> web.Response:
    ledger = request.app[STATE].ledger
    entries = [json.loads(entry.to_json()) for entry in ledger.entries()]
    return web.json_response({"total_usd": str(ledger.total()), "entries": entries})


async def _show_requests(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return web.json_response({"received": state.received, "requests": [asdict(row) for row in state.requests]})


async def _add_steps(request: web.Request) -> web.Response:
    try:
        steps = STEPS.validate_json(await request.read())
    except ValidationError as error:
        return web.json_response({"error": explained(error)}, status=400)
    request.app[STATE].steps.extend(steps)
    return web.json_response({"steps_waiting": len(request.app[STATE].steps)})


async def _drop_steps(request: web.Request) -> web.Response:
    request.app[STATE].steps.clear()
    return web.json_response({"steps_waiting": 0})
