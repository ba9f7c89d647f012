"""What users' tests import: assertions on runs, and a mock server with scripted faults and a ledger of what it billed.

    assert_accuracy(harness_run(tasks="core-math", models="openai/gpt-5", limit=20), at_least=0.9)
    async with running_mock([simulated("my-model", accuracy=0.5)]) as mock: ...

Covers the public names (docs/python.md). `harness_run` is a fixture of the pytest plugin (docs/pytest.md).
"""

from harness.api.assertions import assert_accuracy, assert_latency, assert_usd
from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.testing import RunningMock, price_of, running_mock, simulated

__all__ = [
    "MockConfig",
    "MockProcess",
    "RunningMock",
    "assert_accuracy",
    "assert_latency",
    "assert_usd",
    "price_of",
    "running_mock",
    "simulated",
]
