"""What a package outside the sandbox adds to a fork server: frame handlers, its own code, libraries.

The sandbox knows no such package: it gets module paths as data, mounts the packages that it is told, and imports the
handlers inside the backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.grading.sandbox.libraries import NUMPY


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerExtension:
    """`handlers`: frame name -> `module:function`; `packages`: those of ours to mount, by dotted name.

    `libraries`: import names of installed libraries that a candidate may read; what is not installed is left out.
    """

    handlers: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = NUMPY


NO_EXTENSION = WorkerExtension()
