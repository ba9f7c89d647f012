"""Changes of a work folder since the other side last saw it, and the same changes made here.

The program and the tests that look at its files have a work folder each. Before control passes to the other side the
changes cross as data: regular files with their bytes, folders, and what is gone. Nothing is followed: a link is no file
here. It runs on both sides, with functions that were taken before any test could replace them.

Modes, owners, times, links and pipes do not cross, nor a file above `_MAX_BYTES`, nor folders of caches
and a repository's modules.
"""

from __future__ import annotations

import binascii
import os
import stat
from collections.abc import Sequence

from harness.grading.sandbox.plain_data import NotPlainData, Wire

_MAX_BYTES = 8 << 20
PROGRAM_FOLDER = ".program"
"""Where a repository's modules lie: their own side alone needs them, and looking for changes there takes time."""
_NOT_SHARED = (".cache", ".config", ".local", PROGRAM_FOLDER)
_open, _close, _read, _write, _scandir, _lstat = os.open, os.close, os.read, os.write, os.scandir, os.lstat
_mkdir, _unlink, _rmdir, _join, _is_dir = os.mkdir, os.unlink, os.rmdir, os.path.join, stat.S_ISDIR

Stamp = tuple[int, int, int] | None
"""What tells whether a file changed: its mtime in ns, size and inode; None for a folder."""


class FolderSync:
    """The work folder `root` as the other side knows it."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._known: dict[str, Stamp] = {}

    def changes(self) -> list[Wire]:
        """What is new, changed or gone: `[path, "=" + base64]` a file, `[path, ""]` a folder, `[path, None]` gone."""
        found = self._found()
        # A file that became a folder, or the other way round, is first removed and then made.
        kept = {path for path, stamp in found.items() if (self._known.get(path) is None) == (stamp is None)}
        # In reverse order what a folder holds is removed before the folder.
        changed: list[Wire] = [[path, None] for path in sorted(set(self._known) - kept, reverse=True)]
        for path, stamp in sorted(found.items()):
            if path not in self._known or self._known[path] != stamp:
                changed.append([path, "" if stamp is None else "=" + self._text(path)])
        self._known = found
        return changed

    def apply(self, changes: Sequence[Wire]) -> None:
        """Make the other side's changes here. Raises NotPlainData for what is no path inside the work folder."""
        for change in changes:
            if not isinstance(change, list) or len(change) != 2 or not isinstance(change[0], str):
                raise NotPlainData("a change of a file is a path and its content")
            path, content = change
            parts = path.split("/")
            if not all(parts) or any(part in (".", "..") for part in parts) or "\0" in path:
                raise NotPlainData(f"path {path[:60]!r}")
            try:
                self._make(_join(self.root, path), content)
            except OSError:
                continue  # a file here, a folder there; the next changes() tells the other side
        if changes:
            self._known = self._found()

    def _make(self, path: str, content: Wire) -> None:
        if content is None:
            (_rmdir if _is_dir(_lstat(path).st_mode) else _unlink)(path)
        elif content == "":
            _mkdir(path)
        elif isinstance(content, str):
            data = memoryview(binascii.a2b_base64(content[1:]))
            # O_NOFOLLOW: a link that the tests' side made itself must not lead the program's bytes elsewhere.
            file = _open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666)
            try:
                while data:
                    data = data[_write(file, data) :]
            finally:
                _close(file)

    def _text(self, path: str) -> str:
        try:
            file = _open(_join(self.root, path), os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return ""
        parts: list[bytes] = []
        try:
            while part := _read(file, 1 << 20):
                parts.append(part)
        finally:
            _close(file)
        return binascii.b2a_base64(b"".join(parts), newline=False).decode()

    def _found(self) -> dict[str, Stamp]:
        """Folders and regular files below the root, by their path from there."""
        found: dict[str, Stamp] = {}
        todo = [""]
        while todo:
            folder = todo.pop()
            try:
                entries = list(_scandir(_join(self.root, folder)))
            except OSError:
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if folder or entry.name not in _NOT_SHARED:
                        found[path] = None
                        todo.append(path)
                elif entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_size <= _MAX_BYTES:
                        # The inode too: a file that is replaced within the clock's granularity keeps time and size.
                        found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return found
