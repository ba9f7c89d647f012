"""Unified diffs of text files: made from two sets of files, and applied exactly, without fuzz.

The form is that of `git diff` without its index lines; `git apply` takes what is made here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_EMPTY_FILE = re.compile(r"diff --git a/(.+) b/\1\n(new|deleted) file mode ")
_NO_NEWLINE = "\\ No newline at end of file\n"


class PatchError(ValueError):
    """A diff that cannot be read, or does not fit the files."""


def make_patch(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The diff from one set of files to another, in the order of their paths; empty where nothing changed."""
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return "".join("".join(_file_diff(path, before.get(path), after.get(path))) for path in changed)


def _file_diff(path: str, old: str | None, new: str | None) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    if old is None:
        yield "new file mode 100644\n"
    if new is None:
        yield "deleted file mode 100644\n"
    names = ("/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}")
    for line in difflib.unified_diff(_lines(old or ""), _lines(new or ""), *names):
        yield line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)  # splitlines would also split at form feeds and U+2028


def apply_patch(files: Mapping[str, str], patch: str) -> dict[str, str]:
    """The files after the diff. Raises PatchError where a line does not stand where the diff says it does."""
    found = dict(files)
    lines = _lines(patch)
    place = 0
    while place < len(lines):
        if not lines[place].startswith("--- "):
            place = _empty_file(found, lines, place)
            continue
        if place + 1 >= len(lines) or not lines[place + 1].startswith("+++ "):
            raise PatchError(f"line {place + 1} of the diff: --- without +++")
        old, new = _path(lines[place][4:], "a/"), _path(lines[place + 1][4:], "b/")
        place += 2
        before = _lines(found.get(old, "")) if old is not None else []
        if old is not None and old not in found:
            raise PatchError(f"{old} is not there")
        after, place = _apply_hunks(before, lines, place, old or new or "?")
        if old is not None:
            del found[old]
        if new is not None:
            found[new] = "".join(after)
    return found


def _empty_file(files: dict[str, str], lines: Sequence[str], place: int) -> int:
    """Make or delete the empty file that the line names, if it does: such a file has no hunk. The next line to read."""
    head = _EMPTY_FILE.match("".join(lines[place : place + 2]))
    if head is None or (place + 2 < len(lines) and lines[place + 2].startswith("--- ")):
        return place + 1
    path = _inside(head[1])
    if head[2] == "new":
        files[path] = ""
    elif files.pop(path, None) != "":
        raise PatchError(f"{path} is no empty file")
    return place + 2


def _path(name: str, prefix: str) -> str | None:
    name = name.rstrip("\n").partition("\t")[0].strip()
    return None if name == "/dev/null" else _inside(name.removeprefix(prefix))


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/"):
        raise PatchError(f"{path} is outside of the repository")
    return path


def _apply_hunks(before: list[str], lines: Sequence[str], place: int, name: str) -> tuple[list[str], int]:
    after: list[str] = []
    taken = 0
    while place < len(lines) and (head := _HUNK.match(lines[place])):
        start, size = int(head[1]), int(head[2] or 1)
        at = start - 1 if size else start
        after += before[taken:at]
        taken, place = at, place + 1
        made = 0
        wanted = int(head[4] or 1)
        left = size
        while left > 0 or made < wanted:
            if place >= len(lines):
                raise PatchError(f"{name}: the diff ends within a hunk")
            sign, text = lines[place][0], lines[place][1:]
            if place + 1 < len(lines) and lines[place + 1].startswith("\\"):
                text = text.removesuffix("\n")
                place += 1
            place += 1
            if sign in " -":
                if taken >= len(before) or before[taken] != text:
                    raise PatchError(f"{name}:{taken + 1} is not the line that the diff expects")
                taken, left = taken + 1, left - 1
            elif sign != "+":
                raise PatchError(f"{name}: line {place} of the diff begins with {sign!r}")
            if sign in " +":
                after.append(text)
                made += 1
    return after + before[taken:], place
