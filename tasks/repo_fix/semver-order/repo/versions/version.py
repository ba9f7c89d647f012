"""Version numbers as semver.org describes them."""

import re
from dataclasses import dataclass
from functools import total_ordering

_FORM = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?")


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """`pre`: the identifiers behind the dash; `build`: the text behind the plus sign."""

    major: int
    minor: int
    patch: int
    pre: tuple = ()
    build: str = ""

    @property
    def numbers(self):
        return self.major, self.minor, self.patch

    @property
    def _key(self):
        return (*self.numbers, ".".join(self.pre), self.build)

    def __eq__(self, other):
        return self._key == other._key

    def __lt__(self, other):
        return self._key < other._key

    def __hash__(self):
        return hash(self._key)

    def __str__(self):
        text = ".".join(map(str, self.numbers))
        text += "-" + ".".join(self.pre) if self.pre else ""
        return text + ("+" + self.build if self.build else "")


def parse(text):
    """The version; raises ValueError."""
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"no version: {text!r}")
    major, minor, patch, pre, build = found.groups()
    return Version(int(major), int(minor), int(patch), tuple(pre.split(".")) if pre else (), build or "")
