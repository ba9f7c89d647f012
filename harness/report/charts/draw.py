"""Vega-Lite specifications as SVG and PNG.

The only module that imports vl-convert, which needs no browser and no network.
"""

from __future__ import annotations

import re
from html import escape
from importlib.util import find_spec
from typing import Any

from harness.core.errors import UsageError
from harness.report.render.language import translated_svg
from harness.report.render.lines import printable

Spec = dict[str, Any]
VEGA_LITE = "5.21"
FONT = "system-ui, Arial, 'Liberation Sans', 'Noto Sans CJK SC', sans-serif"
PNG_SCALE = 2
HOW_TO_INSTALL = "charts need the extra `charts`: pip install 'price-performance-harness[charts]'"
_ROLE = re.compile(r' (?:role|aria-roledescription|aria-hidden|class|pointer-events)="[^"]*"')
_LABELLED = re.compile(r'<(path|line|rect)((?: [\w-]+="[^"]*")*?) aria-label="([^"]*)"((?: [\w-]+="[^"]*")*)/>')
_REPEATED = re.compile(r' aria-label="[^"]*"| font-family="[^"]*"| opacity="1"| stroke-miterlimit="10"')
_TAG = re.compile(r"<[^<>]+>")
_LONG = re.compile(r"-?\d+\.\d{2,}(?![\d%\w])")
_EMPTY_GROUP = re.compile(r"<g(?: [\w-]+=\"[^\"]*\")*></g>")
_EMPTY = re.compile(
    r'<path(?: [\w-]+="[^"]*")*? d=""(?: [\w-]+="[^"]*")*/>|<path aria-hidden="true" d="M0,0h0v0h0Z"[^>]*/>'
)


def can_draw() -> bool:
    """Whether the extra `charts` is installed."""
    return find_spec("vl_convert") is not None


def svg(spec: Spec, *, title: str) -> str:
    """An SVG element without styles, scripts or ids, to stand in a page; hovering a mark shows its description."""
    drawn = translated_svg(_bare(_drawn(spec)))
    inside = drawn.partition(">")[2]
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    assert size is not None
    width, height = size[1], size[2]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONT}" role="img" aria-label="{escape(title)}">{inside}'
    )


def svg_file(spec: Spec) -> str:
    """A whole SVG file with its ground."""
    return _drawn(spec)


def png(spec: Spec) -> bytes:
    """The same as a picture, twice as many pixels as the SVG has units."""
    drawn: bytes = _convert().vegalite_to_png(_printable(spec), vl_version=VEGA_LITE, scale=PNG_SCALE)
    return drawn


def _drawn(spec: Spec) -> str:
    drawn: str = _convert().vegalite_to_svg(_printable(spec), vl_version=VEGA_LITE)
    return drawn


def _printable(value: Any) -> Any:
    """The specification with hidden characters of texts by their code: vl-convert aborts at control ones."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {_printable(key): _printable(own) for key, own in value.items()}
    return list(map(_printable, value)) if isinstance(value, list | tuple) else value


def _convert() -> Any:
    if not can_draw():
        raise UsageError(HOW_TO_INSTALL)
    import vl_convert  # 0.5 s and 90 MB of memory, for charts alone

    return vl_convert


def _bare(drawn: str) -> str:
    """Descriptions of marks become titles; what only Vega's own scripts and readers of its roles use goes."""
    text = re.sub(r'<rect width="[\d.]+" height="[\d.]+" fill="white"/>', "", drawn, count=1)
    text = re.sub(
        r'(<g class="[^"]*role-mark[^"]*".*?)(?=<g class="[^"]*role-|$)',
        lambda part: _titled(part[1]),
        text,
        flags=re.DOTALL,
    )
    text = re.sub(
        r' aria-label="[^"]*"| (?:font-family|opacity|stroke-miterlimit)="(?:[^"]*[a-z][^"]*|1|10)"', "", text
    )
    text = _TAG.sub(lambda tag: _LONG.sub(_rounded, tag[0]), _EMPTY.sub("", _ROLE.sub("", text)))
    while _EMPTY_GROUP.search(text):
        text = _EMPTY_GROUP.sub("", text)
    return text


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _titled(marks: str) -> str:
    return _LABELLED.sub(lambda one: f"<{one[1]}{one[2]}{one[4]}><title>{one[3]}</title></{one[1]}>", marks)
