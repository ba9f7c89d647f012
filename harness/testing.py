"""What users' tests import: a mock server with scripted faults and a ledger of what it billed.

    async with running_mock([simulated("my-model", accuracy=0.5)]) as mock: ...

Covers the public names (docs/python.md). The mock itself is `harness.mock`.
"""

from harness.mock.config import MockConfig
from harness.mock.process import MockProcess
from harness.mock.testing import RunningMock, price_of, running_mock, simulated

__all__ = ["MockConfig", "MockProcess", "RunningMock", "price_of", "running_mock", "simulated"]
