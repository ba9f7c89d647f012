"""Text of a model as HTML that can do nothing: Markdown, code, formulas, or the raw characters.

What a model wrote is data. Raw HTML is shown as text, images are not loaded, links are written out and not made,
formulas become MathML of a short list of elements, control and direction characters are shown by code point.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_RENDERED = 100_000
"""Characters that are rendered; the rest of a longer text is offered as a file."""
MAX_FORMULA = 2_000
MATHML = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mpadded",
        "mphantom",
        "mstyle",
        "menclose",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "display",
        "mathvariant",
        "stretchy",
        "fence",
        "separator",
        "lspace",
        "rspace",
        "accent",
        "linethickness",
        "columnalign",
    ]
)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control, zero-width and direction characters: Unicode categories Cc (but tab and newline) and Cf."""
_FORMULA = re.compile(
    r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$\d])\$(?=\S)([^$\n]{1,400}?)(?<=\S)\$(?!\d)", re.DOTALL
)


OPENING_CHARACTERS = 90


def opening(prompt: str) -> str:
    """How a prompt begins, in one line."""
    return visible(" ".join(prompt.split())[:OPENING_CHARACTERS])


def visible(text: str) -> str:
    """The text with every hidden character written as its code point, such as ⟨U+202E⟩."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def raw_html(text: str) -> str:
    """The characters as they are, in a `pre`."""
    return f"<pre class=raw>{escape(visible(text[:MAX_RENDERED]))}</pre>"


def rendered_html(text: str) -> str:
    """Markdown with highlighted code and formulas as MathML."""
    formulas: list[str] = []

    def keep(found: re.Match[str]) -> str:
        formulas.append(
            formula_html(next(part for part in found.groups() if part), is_block=bool(found[1] or found[2]))
        )
        return f"\ue000{len(formulas) - 1}\ue001"

    shown = visible(text[:MAX_RENDERED]).replace("\ue000", "").replace("\ue001", "")
    parts = re.split(r"(^ {0,3}```.*?(?:^ {0,3}```|\Z)|`[^`\n]+`)", shown, flags=re.DOTALL | re.MULTILINE)
    kept = "".join(part if number % 2 else _FORMULA.sub(keep, part) for number, part in enumerate(parts))
    page = str(_markdown().render(kept))
    return re.sub("\ue000(\\d+)\ue001", lambda found: formulas[int(found[1])], page)


def formula_html(latex: str, *, is_block: bool = False) -> str:
    """MathML of known elements and attributes only; the source as code where it is not understood."""
    from latex2mathml.converter import convert  # imported where used: 40 ms

    source = f"<code>{escape(latex)}</code>"
    if len(latex) > MAX_FORMULA:
        return source
    try:
        tree = ET.fromstring(convert(latex, display="block" if is_block else "inline"))  # noqa: S314 - our converter's output
    except Exception:  # noqa: BLE001 - whatever a model writes, the page shows it
        return source
    return _safe(tree) or source


def _safe(node: ET.Element) -> str:
    name = node.tag.removeprefix(f"{{{MATHML}}}")
    if name not in _ELEMENTS:
        return escape("".join(node.itertext()))
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in node.attrib.items() if key in _ATTRIBUTES)
    inner = escape(node.text or "") + "".join(_safe(child) + escape(child.tail or "") for child in node)
    return f"<{name}{attributes}>{inner}</{name}>"


def code_html(source: str, language: str) -> str:
    """Code with the classes of Pygments; plain where the language is unknown."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return f"<pre class=code>{escape(source)}</pre>"
    return f"<pre class=code>{highlight(source, lexer, HtmlFormatter(nowrap=True))}</pre>"


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable(["image", "autolink"])
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_block", _fence)
    made.add_render_rule("link_open", _link_open)
    made.add_render_rule("link_close", _link_close)
    return made


def _fence(self: object, tokens: list[Token], place: int, options: object, env: object) -> str:
    words = tokens[place].info.split()
    return code_html(tokens[place].content, words[0] if words else "")


def _link_open(self: object, tokens: list[Token], place: int, options: object, env: object) -> str:
    return f'<span class=link title="{escape(str(tokens[place].attrGet("href") or ""))}">'


def _link_close(self: object, tokens: list[Token], place: int, options: object, env: object) -> str:
    return "</span>"
