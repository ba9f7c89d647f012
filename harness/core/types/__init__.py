"""The values that all packages share: samples, endpoints, jobs, attempts with their usage and timing, grades.

Plain frozen values from the standard library; nothing here reads a file or the network. `None` means "not reported",
never zero. They are imported from here, wherever in this folder they are defined.
"""

from harness.core.types.attempts import Attempt, Completion, Failure, FailureKind, FinishReason, Timing, Usage
from harness.core.types.endpoints import BATCH_BACKEND, Endpoint, EndpointLimits, Origin, SamplingParams, origin_of
from harness.core.types.grades import Grade, Verdict
from harness.core.types.jobs import CacheMode, Call, Job, submitted
from harness.core.types.tasks import Json, Sample, Source, Task, Tool, ToolCall

__all__ = [
    "BATCH_BACKEND",
    "Attempt",
    "CacheMode",
    "Call",
    "Completion",
    "Endpoint",
    "EndpointLimits",
    "Failure",
    "FailureKind",
    "FinishReason",
    "Grade",
    "Job",
    "Json",
    "Origin",
    "Sample",
    "SamplingParams",
    "Source",
    "Task",
    "Timing",
    "Tool",
    "ToolCall",
    "Usage",
    "Verdict",
    "origin_of",
    "submitted",
]
