"""Small repositories with a bug each, written for this project: an issue, visible tests, hidden tests.

An agent changes the files by shell commands (docs/conversations.md). Nothing is downloaded; tests need only Python.
"""

from harness.tasks import Source, Task, repository_sample

TASK = Task(
    name="repo-fix",
    version=1,
    grader="repository",
    source=Source(
        title="repo-fix, written for this project",
        licence="Apache-2.0",
        shipped="repo_fix",
    ),
    to_sample=repository_sample,
    content_hash="sha256:8f2b94d1b2314d5caf83352e3e96eee377c7cb1c82e5ec4c6d25edf86dcbde58",
    summary="31 small repositories with a bug, for agents; visible and hidden tests",
    agent_turns=30,
)
