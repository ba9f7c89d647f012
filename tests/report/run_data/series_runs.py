"""Series of written runs."""

from __future__ import annotations

from harness.core.types import Verdict
from tests.report.runs import endpoint

ONE, TWO = endpoint(), endpoint("acme/two")

RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG
