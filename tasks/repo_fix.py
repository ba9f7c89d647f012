"""Small repositories with a bug each, written for this project: an issue, visible tests, hidden tests.

An agent changes the files by shell commands (docs/conversations.md). Nothing is downloaded; tests need only Python.
"""

from harness.tasks import Source, Task, repository_sample

TASK = Task(
    name="repo-fix",
    version=3,
    grader="repository",
    source=Source(
        title="repo-fix, written for this project",
        licence="Apache-2.0",
        shipped="repo_fix",
    ),
    to_sample=repository_sample,
    content_hash="sha256:ca66766b94a1d3ae1dffb09bf61af7988022b8a8b38afc597a0c5fc58a3b6055",
    summary="31 small repositories with a bug, for agents; visible and hidden tests",
    agent_turns=30,
)
