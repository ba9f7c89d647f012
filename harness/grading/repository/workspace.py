"""What an agent works on: the files of a sample, its interpreter, and the size of its sandbox.

A repository that was written for the harness stands in the sample's target. One of SWE-bench lies in the data folder
that the sample names: `repos/ID` or `repos/ID.tar.gz`, with a virtual environment in `environments/ID`.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.core.errors import DataError, reason
from harness.core.types import Sample
from harness.grading.repository.grader import parse_target
from harness.grading.sandbox.commands.shell import CommandLimits

DATA_DIR_TAG = "data_dir"
"""The tag of a sample whose repository lies in a data folder. It is no part of the content hash."""

MAX_BYTES = 160 << 20
"""Of a repository: Django's has 42 MiB, SymPy's 31 (releases 5.0 and 1.12)."""
MAX_FILES = 20_000
_LEFT_OUT = frozenset({".git", "__pycache__"})
SMALL = CommandLimits()
LARGE = CommandLimits(
    cpu_s=900.0,
    memory_bytes=4 << 30,
    resident_bytes=4 << 30,
    read_bytes=40 << 20,
    work_bytes=512 << 20,
    output_bytes=4 << 20,
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


def size_issue(sample: Sample) -> str | None:
    """Why the sample's repository in the data folder can be no workspace; None where it can, or is missing."""
    place = _repository_place(Path(sample.tags[DATA_DIR_TAG]), sample.id)
    try:
        if place is not None:
            with _opened(place) as members:
                _check_size(place, members)
    except DataError as error:
        return str(error)
    return None


def _repository_place(folder: Path, name: str) -> Path | None:
    places = (folder / "repos" / name, folder / "repos" / f"{name}.tar.gz")
    return next((place for place in places if place.exists()), None)


def _environment_place(folder: Path, name: str) -> Path | None:
    place = folder / "environments" / name
    return place.resolve() if (place / "pyvenv.cfg").is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """A file of a repository: its path in it, its bytes, and what reads it."""

    path: str
    size: int
    read: Callable[[], bytes]


def read_repository(place: Path) -> dict[str, bytes]:
    """The regular files of a folder or a .tar.gz, without .git. Raises DataError where that fails."""
    with _opened(place) as members:
        _check_size(place, members)
        return {member.path: member.read() for member in members}


def _check_size(place: Path, members: Sequence[_Member]) -> None:
    size, count = sum(member.size for member in members), len(members)
    if not members:
        raise DataError(f"{place}: holds no files")
    if size > MAX_BYTES or count > MAX_FILES:
        raise DataError(
            f"{place}: {-(-size >> 20)} MiB in {count:,} files, and a workspace in memory holds {MAX_BYTES >> 20} MiB "
            f"and {MAX_FILES:,} files; leave out files that its tests do not need"
        )


@contextmanager
def _opened(place: Path) -> Iterator[list[_Member]]:
    """The files of a folder or an archive, to be read within the block."""
    try:
        if place.is_dir():
            yield _members(place)
            return
        with tarfile.open(place) as archive:
            yield _archived(place, archive)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DataError(f"{place}: cannot be read: {reason(error)}") from None


def _members(folder: Path) -> list[_Member]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    inside = [path.relative_to(folder) for path in paths]
    return [
        _Member(path=one.as_posix(), size=path.stat().st_size, read=path.read_bytes)
        for path, one in zip(paths, inside, strict=True)
        if not _LEFT_OUT & set(one.parts)
    ]


def _archived(place: Path, archive: tarfile.TarFile) -> list[_Member]:
    """The files of an archive, without a folder that all of them lie in."""
    files = [member for member in archive if member.isfile()]
    parts = [Path(member.name).parts for member in files]
    if any(".." in one or Path(member.name).is_absolute() for one, member in zip(parts, files, strict=True)):
        raise DataError(f"{place}: a path leads out of the archive")
    parts = [tuple(part for part in one if part != ".") for one in parts]
    has_top = len({one[0] for one in parts}) == 1 and all(len(one) > 1 for one in parts)
    inside = [one[1:] if has_top else one for one in parts]
    return [
        _Member(path="/".join(one), size=member.size, read=partial(_read_member, archive, member))
        for one, member in zip(inside, files, strict=True)
        if not _LEFT_OUT & set(one)
    ]


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    data = archive.extractfile(member)
    assert data is not None  # only of what is no file
    return data.read()
