"""Small repositories with a bug each, written for this project: an issue, visible tests, hidden tests.

An agent changes the files by shell commands (docs/conversations.md). Nothing is downloaded; tests need only Python.
"""

from harness.tasks import Source, Task, repository_sample

TASK = Task(
    name="repo-fix",
    version=2,
    grader="repository",
    source=Source(
        title="repo-fix, written for this project",
        licence="Apache-2.0",
        shipped="repo_fix",
    ),
    to_sample=repository_sample,
    content_hash="sha256:9fc84a62d6a08565e4c3340907afb75bf4cd16dc7cc90793fcfe046fa1f92a1b",
    summary="31 small repositories with a bug, for agents; visible and hidden tests",
    agent_turns=30,
)
