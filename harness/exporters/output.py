"""Where an export is written: a new file, whole or not at all, and never over an existing one without leave."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.core.errors import LocalError, UsageError


@contextlib.contextmanager
def new_file(path: Path, *, is_forced: bool) -> Iterator[Path]:
    """A path to write to, beside the target, which it replaces at the end of the block; after an error nothing is left.

    Raises UsageError where the target exists and is not to be replaced, LocalError where it cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; accepted: the name of a new file")
    if path.exists() and not is_forced:
        raise UsageError(f"{path} already exists; --force replaces it, -o FILE names another file")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, str], *, is_forced: bool) -> None:
    """Write texts by their path below a new folder; `is_forced`: into an existing one, replacing files of these names.

    Raises UsageError where the folder exists and is not to be written to, LocalError where it cannot be written.
    """
    if folder.exists() and not (is_forced and folder.is_dir()):
        remedy = "--force writes into it, -o DIR names another folder" if folder.is_dir() else "it is not a folder"
        raise UsageError(f"{folder} already exists; {remedy}")
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalError(f"cannot make {path.parent}: {error.strerror or error}") from error
        with new_file(path, is_forced=is_forced) as part:
            part.write_text(text, encoding="utf-8")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
