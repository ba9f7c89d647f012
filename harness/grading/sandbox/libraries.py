"""Which installed libraries a sandbox offers: their own files and those of what they require, nothing else.

site-packages is never mounted whole: this harness and its answers may lie in it. What a library needs that is no Python
distribution (programs, fonts, data it downloads) is not offered.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

NUMPY = ("numpy",)
_OWN = "price-performance-harness"
"""This distribution, which is never offered: graders and answers are in it."""


@functools.cache
def installed(offered: Sequence[str]) -> tuple[str, ...]:
    """Those of the libraries that are installed here."""
    return tuple(name for name in offered if _distributions(name))


@functools.cache
def library_places(offered: Sequence[str]) -> list[str]:
    """The files and folders of the libraries and of all they require, as far as they are installed."""
    todo = [distribution for name in offered for distribution in _distributions(name)]
    seen: set[str] = {_OWN}
    places: set[str] = set()
    while todo:
        # Normalized as in PEP 503: `ruamel.yaml`, `ruamel_yaml` and `Ruamel-YAML` are one distribution.
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        places |= set(_top_level(distribution))
        todo += _required(distribution.requires or ())
    return sorted(places)


def _distributions(name: str) -> Sequence[str]:
    """The distributions that bring an import name: first one of the same name, which is found without a full scan."""
    try:
        own = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return _known().get(name, ())
    # Not the name alone: a distribution that is called like a module need not bring it.
    return (name,) if any(file.parts[0] == name for file in own.files or ()) else _known().get(name, ())


@functools.cache
def _known() -> Mapping[str, Sequence[str]]:
    return importlib.metadata.packages_distributions()


def _top_level(distribution: importlib.metadata.Distribution) -> Iterable[str]:
    """What a distribution has directly in site-packages."""
    site = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    for file in distribution.files or ():
        first = file.parts[0]
        place = Path(str(distribution.locate_file(first)))
        # ".." are console scripts in bin/; a .pth file runs code at start-up and opens further folders (site module).
        if first not in ("..", "__pycache__") and not first.endswith(".pth") and place.parent.resolve() in site:
            yield str(place.resolve())


def _required(requirements: Iterable[str]) -> Iterable[str]:
    """What is required without an extra. Markers are not read: what they exclude is not installed and so not found."""
    for requirement in requirements:
        if "extra ==" not in requirement:
            yield re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
