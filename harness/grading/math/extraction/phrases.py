"""What stands in a response beside its answer: courtesies, checks, notes, contrasts, denials, refusals.

Covers: cutting them off before an answer that was not stated is looked for, and the words around a stated value ("5,
not 6"). Not here: finding the answer (extract, unstated). Each cut is made only where a value is left.
"""

from __future__ import annotations

import re

_COURTESY = re.compile(r"\n[^\n]{0,40}\b(?:let me know|hope this|feel free|if you have any)\b[^\n]*\s*$", re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"\n[ \t]*[*_#>(]*(?:note|check|verification|confidence|source|reference|remark|p\.?s"
    r"|注|注意|检验|验证|验算|备注)\**\s*[:：].*\Z"
    r"|(?:\n[ \t]*|(?<=[.!。])\s+)(?:I(?:'m| am)\b[^\n.]{0,40}\bconfident|(?:my\s+)?confidence\b)[^\n]*\s*\Z"
    r"|(?:\n[ \t]*|(?<=[.!。])\s+)(?:(?:that|this) is because|(?:we|let us|let's|I) (?:can )?(?:verify|check)|"
    r"to (?:verify|check))\b[^\n]*\s*\Z"
    r"|(?<=[.!。])\s*\([A-Z][a-z]+ [^()\n]*\)\s*\Z"
    r"|(?<=\d)\s\((?=[^()\n]*[A-Z]{2,}\s+\w)[^()\n]*\)[.\s]*\Z"
    r"|,\s+(?:since|because)\s[^\n]*\Z",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER_FIRST = re.compile(
    r"\A\s*(?P<answer>[^\n]{1,100})\n[ \t\n]{0,8}[*_#]*"
    r"(?:explanation|reason(?:ing)?|because|justification|解释|解析|理由)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\d|\\|π|\b[A-J]\b")

_DENIED = re.compile(
    r"\b(?:answer|result|it)\s*(?:\b(?:is|was)\s+not|(?:is|was)n['’]t)\s+\**[$\\(]{0,2}[-−]?\d[^\n]*?(?:\.(?=\s|$)|$)",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSED = re.compile(
    r"\bI(?:['’]m| am)?\s+(?:can(?:['’]t|\s?not)|unable to|not able to|won['’]t|could(?:n['’]t| not))\s+"
    r"(?:\w+\s+){0,2}?(?:help|assist|solve|answer|provide|determine|complete|find|do that|continue)\b"
    r"|(?:无法|不能)(?:回答|解答|提供|解决)",
    re.IGNORECASE,
)
_UNDETERMINED = re.compile(r"\b(?:cannot|can['’]t|can not) be (?:determined|found|solved)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:so|therefore|thus|hence|however|(?-i:But)|instead|we get|gives|if we|suppose|assum\w+)\b|[=≈]|所以|因此",
    re.IGNORECASE,
)

_NOT_BUT = re.compile(r"^(?:is\s+)?not\s+[^.]{1,60}?,?\s+but\s+(?:rather\s+)?", re.IGNORECASE)
_CONTRAST = re.compile(
    r"\s*\(\s*(?:not|rather than|instead of)\b[^()]*\)"
    r"|(?<=[\d)}\]$%*A-J]),?\s+(?:(?:and|but)\s+)?not\s+(?=\**[$\\(]{0,2}[-−]?[\dA-J]).*$"
    r"|(?<=[\d)}\]$%*A-J]),?\s+(?:rather than|instead of)\s.*$"
)
_MARKUP = re.compile(r"</?(?:b|i|u|em|strong|code|p|span|mark|h[1-6])>", re.IGNORECASE)


def conclusion(text: str) -> str:
    """The text without what follows its conclusion or denies a value; empty for a refusal that nothing follows."""
    text = _DENIED.sub(" ", _MARKUP.sub("", _COURTESY.sub("", text)))
    first = _ANSWER_FIRST.match(text)
    if first is not None and _VALUE.search(first["answer"]):
        return first["answer"]
    for _ in range(4):
        cut = _PARAGRAPH.search(text)
        if cut is None or not _VALUE.search(text[: cut.start()]):
            break
        text = text[: cut.start() + 1].rstrip(",")
    refusals = list(_REFUSED.finditer(text))
    return "" if refusals and not _GOES_ON.search(text, refusals[-1].end()) else text


def undetermined(text: str) -> str | None:
    """The words in which a text ends by saying that there is no way to tell; None where it does not."""
    said = list(_UNDETERMINED.finditer(text))
    return said[-1][0] if said and not _GOES_ON.search(text, said[-1].end()) else None


def without_contrast(statement: str) -> str:
    """A stated value without what it is not: "5 (not 6)", "not 6 but 5", and without the tags of a web page."""
    return _CONTRAST.sub("", _NOT_BUT.sub("", _MARKUP.sub("", statement)))


def is_negated(statement: str) -> bool:
    """Whether a statement only says which value the answer is not."""
    return re.match(r"not\s+\**[$\\(]{0,2}[-−]?\d", statement.lstrip(), re.IGNORECASE) is not None
