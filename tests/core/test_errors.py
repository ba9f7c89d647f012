"""Each mistake that stops a command ends it with a documented exit code."""

from __future__ import annotations

from harness.core import errors
from harness.core.errors import EXIT_USAGE, HarnessError, LocalError, SandboxUnavailable
from tests.cases import all_cases

MISTAKES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HarnessError)]


@all_cases("kind", MISTAKES)
def test_a_mistake_is_a_harness_error_with_exit_code_2(kind: type[HarnessError]) -> None:
    assert kind("what was found").exit_code == EXIT_USAGE
    assert kind.__name__ in (errors.__doc__ or "")


def test_a_missing_sandbox_is_a_matter_of_this_machine() -> None:
    assert issubclass(SandboxUnavailable, LocalError)
