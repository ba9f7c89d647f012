"""A folder that appears whole or not at all: written beside its place under a hidden name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import LocalError


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """The path to write to; it becomes `folder` when the block ends and is removed on any error and on Ctrl-C.

    What a killed process left under the same name is removed. Raises LocalError where `folder` exists or the disk is in
    the way.
    """
    if folder.exists():
        raise LocalError(f"{folder} exists already: name another --name")
    stage = folder.with_name(f".{folder.name}.importing-{os.getpid()}")
    for left in folder.parent.glob(f".{folder.name}.importing-*"):
        if not _is_running(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)
    try:
        yield stage
        stage.rename(folder)
    except OSError as error:
        raise LocalError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _is_running(process: str) -> bool:
    if not process.isdecimal():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
