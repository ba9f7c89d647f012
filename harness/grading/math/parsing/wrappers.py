"""What is put around a value for its looks: sizes, fonts, colours, underlines, frames, and marks of the end.

None of it changes what the value is, so it goes before anything is read. A bar or an arrow over a letter does change it
and stays.
"""

from __future__ import annotations

import re

from harness.grading.math.parsing.groups import group_at

_DECLARATIONS = (
    "tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|bfseries|itshape|scshape|ttfamily"
    "|rmfamily|sffamily|mdseries|upshape|normalfont|boldmath|unboldmath|centering|displaystyle|textstyle"
    "|scriptstyle|mathstrut|strut"
)
_DECLARED = re.compile(rf"\\(?:{_DECLARATIONS})(?![a-zA-Z])\s*")
_OLD_FONT_GROUP = re.compile(r"\{\s*\\(?:bf|rm|it|sf|tt|em|sl|cal)\s+(?P<words>[a-zA-Z ]+)\}")
_OLD_FONT = re.compile(r"\\(?:bf|rm|it|sf|tt|em|sl)(?![a-zA-Z])(?!\s*\{)\s*")
_SHOWN = re.compile(
    r"\\(?:underline|uline|uuline|ensuremath|hbox|vbox|smash|mathord|mathbin|mathrel|mathop|hl)\s*(?=\{)"
    r"|\\(?:textcolor|mathcolor|colorbox|href|scalebox|raisebox|style|class|enclose)\s*(?:\[[^\]]*\])?\s*\{[^{}]*\}\s*(?=\{)"
    r"|\\fcolorbox\s*\{[^{}]*\}\s*\{[^{}]*\}\s*(?=\{)"
    r"|\\bbox\s*(?:\[[^\]]*\])?\s*(?=\{)"
)
"""Commands that show their last argument as it is."""
_ONE_CELL = re.compile(
    r"\\begin\s*\{(?P<name>array|matrix)\}\s*(?:\[\w\]\s*)?(?:(?<!matrix\})\{[^{}]*\})?"
    r"(?P<cell>(?:(?!\\\\|&|\\begin).)*?)(?:\\\\\s*)?\\end\s*\{(?P=name)\}",
    re.DOTALL,
)
_END_MARK = re.compile(
    r"(?:\s|\\[ ,;!]|\\q?quad|\$)*"
    r"(?:\\(?:checkmark|blacksquare|square|qed|qedsymbol|Box|bigstar|blacklozenge)(?![a-zA-Z])"
    r"|\\text\s*\{\s*[✓✔■□∎☑✅]\s*\}|[✓✔■□∎☑✅])(?P<rest>[\s.$]*)$"
)
_REPEATED = re.compile(
    r"\\underbrace\s*\{\s*(?P<digit>\d)(?:\s*(?P=digit)|\s*\\[cl]?dots|\s*…|\s*\.{3})+\s*\}\s*_\s*\{?\s*(?P<count>\d+|[a-z])\b[^{}]*\}?"
)
"""`11...1` with the number of its digits below."""


def without_wrappers(text: str) -> str:
    """The text without commands for looks."""
    if not text.isascii() or "\\" in text:
        while (mark := _END_MARK.search(text)) is not None and text[: mark.start()].strip(" $"):
            text = text[: mark.start()] + mark["rest"]
    if "\\" not in text:
        return text
    text = _DECLARED.sub("", text)
    text = _OLD_FONT.sub("", _OLD_FONT_GROUP.sub(r"\\text{\g<words>}", text))
    text = _REPEATED.sub(_repunit, text)
    text = _ONE_CELL.sub(lambda match: match["cell"], text)
    return _shown(text)


def _shown(text: str) -> str:
    """With the arguments of showing commands in their place."""
    start = 0
    while (match := _SHOWN.search(text, start)) is not None:
        end = group_at(text, match.end())
        if end is None:
            return text
        inner = text[match.end() + 1 : end - 1]
        is_whole = not text[: match.start()].strip(" $") and not text[end:].strip(" $.")
        shown = inner if is_whole else f"{{{inner}}}"
        text = text[: match.start()] + shown + text[end:]
        start = match.start()
    return text


def _repunit(match: re.Match[str]) -> str:
    return rf"\frac{{{match['digit']}\cdot (10^{{{match['count']}}}-1)}}{{9}}"
