"""What an agent works on: the files of a sample, its interpreter, and the size of its sandbox.

A repository that was written for the harness stands in the sample's target. One of SWE-bench lies in the data folder
that the sample names: `repos/ID` or `repos/ID.tar.gz`, with a virtual environment in `environments/ID`.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import DataError
from harness.core.types import Sample
from harness.grading.repository.grader import parse_target
from harness.grading.sandbox.commands.shell import CommandLimits

DATA_DIR_TAG = "data_dir"
"""The tag of a sample whose repository lies in a data folder. It is no part of the content hash."""

MAX_BYTES = 40 << 20
MAX_FILES = 20_000
SMALL = CommandLimits()
LARGE = CommandLimits(
    cpu_s=900.0, memory_bytes=4 << 30, resident_bytes=4 << 30, read_bytes=MAX_BYTES, output_bytes=4 << 20
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The files by path, the virtual environment (None: the harness's own Python), and the limits of commands."""

    files: Mapping[str, bytes]
    environment: Path | None = None
    limits: CommandLimits = SMALL

    @property
    def texts(self) -> dict[str, str]:
        """The files that are text; others are no part of a diff."""
        return text_files(self.files)


def text_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """The files that are text, by names that a diff can hold; others are no part of one."""
    found = {}
    for path, data in files.items():
        if not path.isprintable() or path != path.strip():  # also what is no UTF-8, which Python reads as surrogates
            continue
        try:
            found[path] = data.decode()
        except UnicodeDecodeError:
            continue
    return found


def workspace_of(sample: Sample) -> Workspace:
    """The workspace of a sample. Raises DataError where its repository cannot be read."""
    folder = sample.tags.get(DATA_DIR_TAG)
    if folder is None:
        return Workspace(files={path: text.encode() for path, text in parse_target(sample.target).files.items()})
    place = _repository_place(Path(folder), sample.id)
    if place is None:
        raise DataError(f"{Path(folder) / 'repos' / sample.id}: there is no such folder and no such .tar.gz")
    environment = _environment_place(Path(folder), sample.id)
    return Workspace(files=read_repository(place), environment=environment, limits=LARGE)


def missing_parts(sample: Sample, *, needs_environment: bool) -> list[str]:
    """What the data folder lacks for a sample, as paths in it."""
    folder = Path(sample.tags[DATA_DIR_TAG])
    missing = [] if _repository_place(folder, sample.id) else [f"repos/{sample.id}"]
    if needs_environment and _environment_place(folder, sample.id) is None:
        missing.append(f"environments/{sample.id}")
    return missing


def _repository_place(folder: Path, name: str) -> Path | None:
    places = (folder / "repos" / name, folder / "repos" / f"{name}.tar.gz")
    return next((place for place in places if place.exists()), None)


def _environment_place(folder: Path, name: str) -> Path | None:
    place = folder / "environments" / name
    return place.resolve() if (place / "pyvenv.cfg").is_file() else None


def read_repository(place: Path) -> dict[str, bytes]:
    """The regular files of a folder or a .tar.gz, without .git. Raises DataError where that fails."""
    found: dict[str, bytes] = {}
    size = 0
    try:
        for path, data in _members(place) if place.is_dir() else _archived(place):
            found[path] = data
            size += len(data)
            if size > MAX_BYTES or len(found) > MAX_FILES:
                raise DataError(
                    f"{place}: more than {MAX_BYTES >> 20} MiB or {MAX_FILES:,} files, which a workspace in memory "
                    "does not hold; leave out files that its tests do not need"
                )
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DataError(f"{place}: cannot be read: {error}") from None
    if not found:
        raise DataError(f"{place}: holds no files")
    return found


def _members(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not {".git", "__pycache__"} & set(inside.parts):
            yield inside.as_posix(), path.read_bytes()


def _archived(place: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, without a folder that all of them lie in."""
    with tarfile.open(place) as archive:
        files = [member for member in archive if member.isfile()]
        parts = [Path(member.name).parts for member in files]
        if any(".." in one or Path(member.name).is_absolute() for one, member in zip(parts, files, strict=True)):
            raise DataError(f"{place}: a path leads out of the archive")
        parts = [tuple(part for part in one if part != ".") for one in parts]
        has_top = len({one[0] for one in parts}) == 1 and all(len(one) > 1 for one in parts)
        for one, member in zip(parts, files, strict=True):
            inside = one[1:] if has_top else one
            data = archive.extractfile(member)
            if data is not None and not {".git", "__pycache__"} & set(inside):
                yield "/".join(inside), data.read()
