"""What keeps a worker from starting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.conversations import ConversationRules, agent_rules, feedback_rules
from harness.core.errors import LocalError
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome
from harness.run.distributed.worker import work
from harness.run.distributed.worker_start import LinkLost, WorkerPlace, check_conversations
from harness.store.codec import Manifest
from tests.run.distributed.worker_specs import worker_spec
from tests.run.paid_folder import PaidFolder, endpoint, price, written


class NoLink:
    """No coordinator."""

    async def greet(self, hello: Hello) -> Welcome:
        raise LinkLost

    async def exchange(self, report: Report) -> Instructions:
        raise LinkLost

    async def wait_for_change(self) -> bool:
        raise AssertionError


def test_simulated_models_are_refused_on_another_machine_than_the_session_s(tmp_path: Path) -> None:
    simulated = replace(endpoint("sim/a"), simulated=True, starts_with_run=True)
    spec = replace(worker_spec(tmp_path), host="head", endpoints=(endpoint("p/b"), simulated))
    place = WorkerPlace(host="other", node="other/1a2b")
    with pytest.raises(LocalError, match=r"^sim/a: simulated models answer on head alone.* node other/1a2b is another"):
        asyncio.run(work(spec, {}, NoLink(), place))


def manifest_with(folder: Path, rules: ConversationRules) -> Manifest:
    made = PaidFolder(endpoints=(endpoint("p/a"),), prices=[price("p/a")], jobs={"p/a": [[]]})
    return replace(written(folder / "r", made).manifest(), conversation=rules)


def test_a_node_with_another_agent_takes_none_of_its_conversations(tmp_path: Path) -> None:
    manifest = manifest_with(tmp_path, agent_rules(version="0.0.1", max_turns=3, max_usd=None))
    with pytest.raises(LocalError, match=r"^node n takes no conversations: the run has mini-swe-agent 0\.0\.1, "):
        check_conversations(manifest, {}, WorkerPlace(node="n"))


def test_a_node_that_does_not_run_the_grader_takes_no_conversations(tmp_path: Path) -> None:
    rules = feedback_rules(2)
    assert rules is not None
    manifest = manifest_with(tmp_path, rules)
    check_conversations(manifest, {}, WorkerPlace(node="n"))
    with pytest.raises(LocalError, match=r"^node n takes no conversations: no sandbox here$"):
        check_conversations(manifest, {"code": "no sandbox here"}, WorkerPlace(node="n"))
