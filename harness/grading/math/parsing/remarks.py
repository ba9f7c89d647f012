"""Words beside a value in an answer: what it is not, where it is taken, and that it is no answer.

`12 (not 13)` is 12; `7 at x = 2` is 7, taken at a place; `x = 5 is extraneous` denies the 5.
"""

from __future__ import annotations

import re

_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_NOT_OTHER = re.compile(
    r"\s*[(\[]\s*(?:and |but )?(?:not|rather than|instead of|不是|而不是|而非)(?![a-z])[^()\[\]]*[)\]]"
    r"|(?<=[\d)}\]])\s*,\s*(?:and |but )?(?:not|rather than|instead of)\s+[^,]*$"
    r"|(?<=[\d)}\]])\s+(?:rather than|instead of)\s+.*$"
    r"|\s*(?:[,;]|\bor\b|\band\b|或|和)\s*[^,;()或]{1,30}?\s*[(（]\s*(?:is )?"
    r"(?:reject(?:ed)?|extraneous|invalid|discarded|impossible|舍去?|不合题意|不符合题意)[^()（）]*[)）]$"
)
_PLACE = re.compile(
    r"\s*[,;(]?\s*(?:(?:which |that )?(?:is |are )?(?:attained|achieved|reached|taken|occurs?|occurring|obtained)\s+)"
    r"?"
    r"(?<![a-zA-Z\\])(?:at|when|iff|if and only if|for(?=\s+[a-zA-Z]\s*=))\s+"
    r"(?P<place>(?:the point\s+)?[a-zA-Z(][^=]{0,20}=.+|[xyzt]\s*\\in.+)$"
    r"|\s*(?:在|当)(?P<chinese>.{1,30}=.{1,20}?)(?:时|处)?(?:取得|取到|取)?$"
)
_DENIED = re.compile(
    r"(?:[\d)}\]]|(?<![a-zA-Z])[a-zA-Z])\s*,?\s*(?:"
    r"(?:is|are|was|were|being|would be)\s+(?:not|never|no |n't|impossible|extraneous|invalid|wrong|incorrect"
    r"|rejected|excluded|inadmissible|unacceptable|discarded|ruled out|out of range|outside"
    r"|too (?:small|large|big|low|high))"
    r"|(?:isn't|aren't|wasn't|does not|do not|did not|doesn't|don't|didn't|cannot|can't|could not|can not|fails?\b"
    r"|violates?\b|contradicts?\b|must be (?:rejected|discarded|excluded)))"
    r"|\botherwise\b"
    r"|[(（]\s*(?:is )?(?:rejected|extraneous|invalid|discarded|impossible|not (?:valid|allowed|possible|a solution))\b"
    r"|(?:不是|不成立|不可能|不符合|不满足|舍去|应舍|无效|是错)"
    r"|^\s*(?:not|never|impossible|extraneous|anything but|everything (?:but|except)|all (?:but|except)"
    r"|every \w+ (?:but|except))\b",
    re.IGNORECASE,
)


def words(text: str) -> str:
    """The text with its text commands opened."""
    return re.sub(r"\s+", " ", _TEXT.sub(r" \1 ", text)).strip()


def without_other_value(text: str) -> str:
    """The answer without the value that it says it is not."""
    if not re.search("not|than|instead|reject|extraneous|invalid|discarded|impossible|不|而非|舍", text):
        return text
    kept = _NOT_OTHER.sub("", words(text)).strip()
    return kept if kept and kept != words(text) else text


_CORRECTED = re.compile(
    r"^.*[\w)}\]]\s*[,;:—–(\[.…-]*\s*(?:"
    r"(?:edit(?:ed)?|correct(?:ion|ed)|updated?|revised|erratum|fixed)(?: to| value| answer)?\s*[:=]"
    r"|(?:(?:no|wait|oops|sorry|actually|scratch that|I mean|make that|should be|rather)(?![a-z])[,: ]*){1,4}"
    r"|(?:更正|修正|纠正|订正)(?:为|成|[:：])|应为|应改为|改为|不对[,，:：]?(?:应该?是)?)"
    r"\s*(?P<value>[-+]?[\d\\$(\[].*?)\s*[)\]]?$"
)


_CORRECTION_CUE = re.compile(
    "edit|rrect|pdate|revised|erratum|fixed|no|wait|oops|sorry|scratch|mean|make|should|rather|[更修纠订应改]|不对"
)


def corrected_value(text: str) -> str:
    """The value that an answer puts in the place of another: the 13 of `12 (edit: 13)`, `12, no wait, 13`."""
    if not _CORRECTION_CUE.search(text):
        return text
    match = _CORRECTED.match(words(text))
    return match["value"] if match else text


def value_and_place(text: str) -> tuple[str, str | None]:
    """The value, and the place at which it is taken; None where no place is named or no value stands before it."""
    if not re.search(r"\b(?:at|when|iff|for)\b|if and only|[在当]", text):
        return text, None
    opened = words(text)
    match = _PLACE.search(opened)
    if match is None or not re.search(r"\d|\\[a-z]", opened[: match.start()]):
        return text, None
    return opened[: match.start()].strip(" ,;("), match["place"] or match["chinese"]


def denies(text: str) -> bool:
    """Whether the answer says of its value that it is none."""
    if "\\begin{cases}" in text:
        return False  # "otherwise" is the last case
    return _DENIED.search(words(text)) is not None
