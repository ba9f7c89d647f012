"""Accuracy, latency and dollars per task for language models: the names that users' code may rely on.

Every name is imported when it is first used, so that `import harness` takes a few milliseconds. What is not in
`__all__` here, in `harness.tasks` or in `harness.testing` may change with any release (docs/python.md).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.api.compare import Comparison, compare
    from harness.api.evaluate import evaluate, evaluate_async
    from harness.api.load import Run, load
    from harness.core.errors import HarnessError
    from harness.core.prices import Cost, CostUnknown
    from harness.core.types import Grade, Sample, Source, Task, Usage, Verdict
    from harness.stats.intervals import ConfidenceInterval

    __version__: str

__all__ = [
    "Comparison",
    "ConfidenceInterval",
    "Cost",
    "CostUnknown",
    "Grade",
    "HarnessError",
    "Run",
    "Sample",
    "Source",
    "Task",
    "Usage",
    "Verdict",
    "__version__",
    "compare",
    "evaluate",
    "evaluate_async",
    "load",
]

_MODULE_OF = {
    "Comparison": "harness.api.compare",
    "ConfidenceInterval": "harness.stats.intervals",
    "Cost": "harness.core.prices",
    "CostUnknown": "harness.core.prices",
    "Grade": "harness.core.types",
    "HarnessError": "harness.core.errors",
    "Run": "harness.api.load",
    "Sample": "harness.core.types",
    "Source": "harness.core.types",
    "Task": "harness.core.types",
    "Usage": "harness.core.types",
    "Verdict": "harness.core.types",
    "compare": "harness.api.compare",
    "evaluate": "harness.api.evaluate",
    "evaluate_async": "harness.api.evaluate",
    "load": "harness.api.load",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name == "__version__":
        value: object = import_module("importlib.metadata").version("price-performance-harness")
    elif name in _MODULE_OF:
        value = getattr(import_module(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module 'harness' has no attribute {name!r}; public names: {', '.join(__all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
