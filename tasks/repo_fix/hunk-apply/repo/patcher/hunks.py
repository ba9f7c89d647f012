"""Reading unified diffs of one file."""

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@")


class PatchError(ValueError):
    """A patch that cannot be read or does not fit."""


@dataclass
class Hunk:
    """A change in one place. Lines are (sign, text) with the sign ' ', '-' or '+'."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: list = field(default_factory=list)

    def check(self):
        """Raise PatchError where the counts of the header are not those of the lines."""
        old = sum(sign in " -" for sign, _ in self.lines)
        new = sum(sign in " +" for sign, _ in self.lines)
        if (old, new) != (self.old_count, self.new_count):
            raise PatchError(f"the hunk at line {self.old_start} has {old} and {new} lines")


def parse(text):
    """The hunks of a patch."""
    hunks = []
    for line in text.split("\n"):
        found = _HEADER.match(line)
        if found:
            hunks.append(Hunk(*(int(number) for number in found.groups())))
        elif line.startswith(("--- ", "+++ ")) and not hunks:
            continue
        elif hunks and line[:1] in (" ", "-", "+"):
            hunks[-1].lines.append((line[0], line[1:]))
    for hunk in hunks:
        hunk.check()
    return hunks
