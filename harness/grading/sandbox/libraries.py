"""Which installed libraries a sandbox offers: their own files and those of what they require, and nothing beside them.

The folder with the installed packages is never offered whole: this harness and its answers may lie in it.

Not covered: what a library needs that is no Python distribution (programs, fonts, data it downloads).
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

NUMPY = ("numpy",)
_UNITTESTED = """
numpy pandas matplotlib scipy sklearn seaborn statsmodels requests bs4 lxml faker psutil pytz PIL cv2 regex
openpyxl xlrd xlwt docx flask flask_login flask_mail flask_wtf wtforms werkzeug rsa cryptography Crypto nltk
wordcloud shapely geopandas soundfile librosa gensim Levenshtein pyquery pytesseract chardet tensorflow keras
"""
UNITTESTED = tuple(_UNITTESTED.split())
"""What the tests of bigcodebench-hard and its solutions import, by import name."""
_OWN = "price-performance-harness"


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
    """The distributions that bring an import name: mostly of the same name, which is quickly found."""
    try:
        own = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return _known().get(name, ())
    return (name,) if any(file.parts[0] == name for file in own.files or ()) else _known().get(name, ())


@functools.cache
def _known() -> Mapping[str, Sequence[str]]:
    return importlib.metadata.packages_distributions()


def _top_level(distribution: importlib.metadata.Distribution) -> Iterable[str]:
    """What a distribution has directly in the folder of packages, this folder being below no other's."""
    site = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    for file in distribution.files or ():
        first = file.parts[0]
        place = Path(str(distribution.locate_file(first)))
        if first not in ("..", "__pycache__") and not first.endswith(".pth") and place.parent.resolve() in site:
            yield str(place.resolve())


def _required(requirements: Iterable[str]) -> Iterable[str]:
    """The names of what is required always, not for an extra; a marker of another system costs a look in vain."""
    for requirement in requirements:
        if "extra ==" not in requirement:
            yield re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
