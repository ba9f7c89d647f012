"""The mock in this process, asked over loopback."""

from __future__ import annotations

from harness.mock.testing import simulated

THINKER = simulated(reasoning_share=0.5, dialect="generic", accuracy=1.0)
