"""Problems of public suites that are not graded here, with the reason; their answers are neither right nor wrong.

Found by running each published solution in the sandbox and reading why it failed (tests/tasks/test_bigcodebench.py
does so again for all others).
"""

from __future__ import annotations

_STARTS_PROCESSES = "its tests have the solution start a process"
_NETWORK = "its tests reach for the network"
_NLTK = "it needs word lists that nltk downloads"
_TENSORFLOW = "it needs tensorflow, and was not tried with it"

BIGCODEBENCH_HARD = {
    "15": _STARTS_PROCESSES,
    "93": "its expected values rest on random numbers that an earlier test's solution left in the tests' generator",
    "101": _NETWORK,
    "147": _NETWORK,
    "177": _NLTK,
    "187": "its tests compute with a geopandas frame, which cannot leave the program",
    "273": "its tests ask whether a class of the program is a subclass",
    "346": _STARTS_PROCESSES,
    "401": "its tests reach into an object by __getattribute__",
    "417": _TENSORFLOW,
    "418": _TENSORFLOW,
    "461": _STARTS_PROCESSES,
    "511": "its published solution fails with versions of matplotlib that are still offered",
    "590": _NETWORK,
    "655": _NLTK,
    "785": _STARTS_PROCESSES,
    "971": "its tests compare the times of files, which do not cross",
    "1006": _NETWORK,
    "1012": _NETWORK,
    "1020": "its published solution fails its tests",
    "1040": "its tests talk to the solution by a socket",
}
"""By the number in the problem's id."""


def exclusion_reason(suite: str, task_id: object) -> str | None:
    """Why a problem is not graded; None for one that is."""
    if suite != "bigcodebench-hard":
        return None
    return BIGCODEBENCH_HARD.get(str(task_id).rpartition("/")[2])
