"""What stands in a response beside its answer: courtesies, checks, notes, contrasts, denials, refusals, remarks.

They are blanked out, in their place, before an answer that was not stated is looked for, and only where a value is
left.
"""

from __future__ import annotations

import re

from harness.grading.math.extraction.sought import Sought

_COURTESY = re.compile(r"\n[^\n]{0,40}\b(?:let me know|hope this|feel free|if you have any)\b[^\n]*\s*$", re.IGNORECASE)
_PARAGRAPH = Sought(
    re.compile(
        r"\n[ \t]*[*_#>(]*(?:note|check|verification|confidence|source|reference|remark|p\.?s"
        r"|注|注意|检验|验证|验算|备注)\**\s*[:：].*\Z"
        r"|(?:\n[ \t]*|(?<=[.!。])\s+)(?:I(?:'m| am)\b[^\n.]{0,40}\bconfident|(?:my\s+)?confidence\b)[^\n]*\s*\Z"
        r"|(?:\n[ \t]*|(?<=[.!。])\s+)(?:(?:that|this) is because|(?:we|let us|let's|I) (?:can )?(?:verify|check)|"
        r"to (?:verify|check))\b[^\n]*\s*\Z"
        r"|(?<=[.!。])\s*\([A-Z][a-z]+ [^()\n]*\)\s*\Z"
        r"|(?<=\d)\s\((?=[^()\n]*[A-Z]{2,}\s+\w)[^()\n]*\)[.\s]*\Z"
        r"|,\s+(?:since|because)\s[^\n]*\Z",
        re.IGNORECASE | re.DOTALL,
    ),
    needs="\n|.|!|(|,",
)
_ANSWER_FIRST = re.compile(
    r"\A\s*(?P<answer>[^\n]{1,100})\n[ \t\n]{0,8}[*_#]*"
    r"(?:explanation|reason(?:ing)?|because|justification|解释|解析|理由)\b",
    re.IGNORECASE,
)
_VALUE_FIRST = re.compile(
    r"\A\s*(?P<answer>\**\$?[-−]?\d[\d,]*(?:[./]\d+)?\$?\**)\.\s+"
    r"(?:This|That|It) (?:works|holds|follows|is(?: so| true)?) because\b"
)
"""A response that begins with its value and says why: `7. This works because 3 + 4 = 7.`"""
_VALUE = re.compile(r"\d|\\|π|\b[A-J]\b")

_DENIED = Sought(
    re.compile(
        r"\b(?:answer|result|it|value)\s*(?:(?:\b(?:is|was)|['’]s)\s+(?:not|no longer)|(?:is|was)n['’]t)\s+"
        r"\**[$\\(]{0,2}(?:\\?boxed\s*\{)?[-−]?\d[^\n]*?(?:[.;](?=\s|$)|$)"
        r"|\b(?:answer|result|it|value)\s(?:cannot|can['’]t|can not|could not|couldn['’]t|must not) (?:be|equal)\s+"
        r"\**[$\\(]{0,2}[-−]?\d[\d.,/]*",
        re.IGNORECASE | re.MULTILINE,
    ),
    needs="not|n't|no longer",
)
_REFUSED = Sought(
    re.compile(
        r"\bI(?:['’]m| am)?\s+(?:can(?:['’]t|\s?not)|unable to|not able to|won['’]t|could(?:n['’]t| not))\s+"
        r"(?:\w+\s+){0,2}?(?:help|assist|solve|answer|provide|determine|complete|find|do that|continue)\b"
        r"|(?:无法|不能)(?:回答|解答|提供|解决)",
        re.IGNORECASE,
    ),
    needs="can|able|won't|could",
)
_UNDETERMINED = re.compile(r"\b(?:cannot|can['’]t|can not) be (?:determined|found|solved)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:so|therefore|thus|hence|however|(?-i:But)|instead|we get|gives|if we|suppose|assum\w+)\b|[=≈]|所以|因此",
    re.IGNORECASE,
)

_NOT_BUT = re.compile(
    r"^(?:is\s+)?(?:[a-z]+ly\s+)?not\s+[^.]{1,60}?,?\s+but\s+(?:rather\s+)?"
    r"|^(?:\w+\s+)?(?:more|greater|less|fewer|larger|smaller) than\s+[^,;\n]{1,40}[,;]\s*"
    r"(?:i\.\s?e\.|that is|namely|so(?: it is)?|hence)[,:]?\s+",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"\s*[(（]\s*(?:and |but )?(?:not|rather than|instead of|不是|而不是)(?![a-z])[^()（）]*[)）]"
    r"|(?<=[\d)}\]$%*A-J]),?\s+(?:(?:and|but)\s+)?not\s+(?=\**[$\\(]{0,2}[-−]?[\dA-J]).*$"
    r"|(?<=[\d)}\]$%*A-J]),?\s+(?:rather than|instead of)\s.*$"
)
_MARKUP = re.compile(r"</?(?:b|i|u|em|strong|code|p|span|mark|h[1-6])>", re.IGNORECASE)


_REMARK_IN_BRACKETS = Sought(
    re.compile(
        r"\s*[(（](?=\s*(?:since|because|as|if|without|with|not|and not|the|there|this|that|it|when|where|which"
        r"|including|excluding|counting|see|note|recall|instead|rather|for|in|one|ignoring|compare|cf"
        r"|previously|formerly|\d+ (?:if|without|with|when"
        r"|is|was|would|were)"
        r"|因为|不是|而不是|其中|解析|注)(?![a-z])|\s*(?:当|此时|若|在|即|取))[^()（）\n]*[)）]"
    ),
    needs="(",
)
_REMARK_BEHIND = Sought(
    re.compile(
        r"(?<=[\d)}\]$%*`])(?:"
        r"\s*,?\s+(?:i\.\s?e\.|that is,|namely one)(?![,\s]*\$?[a-zA-Z]\s*=)[^\n]*?(?=[.。]\s|[.。]?\s*$|\n)"
        r"|\s*,\s*(?:where|which|reached|attained|achieved|occurring|taken)\b[^.\n]*(?=[.。]|\n|$)"
        r"|\s*,?\s+(?:is\s+)?(?:reached|attained|achieved|taken)\s+(?:at|when|for)\b[^.\n]*"
        r"|\s+(?:at|when)\s+\$?[a-zA-Z]\s*=[^.\n]*"
        r"|\s*,\s*(?:and\s+|but\s+|while\s+)?(?:no|none|neither)\s[^.\n]*"
        r"|\s*,\s*(?:\$?[-−]?[\d.]+\$?)\s+being\s[^.\n]*"
        r"|\s*,?\s+(?:and|but|while|whereas)\s+[^.,;\n]{0,60}\bwould\s+(?:be|have|give|make)\b[^.;\n]*(?:[.]\d+)?"
        r")|\s*,\s*(?:and|but)\s+(?:no|none|neither)\s[^.\n]*|(?<=[\d)}\]$%*`])(?:\s*(?:≠|\\neq?\b)\s*[^,;.\n$]*"
        r"|\s*[,，]\s*(?:当|在)[^。；\n]{1,40}(?:时|处)[^。；\n]*"
        r"|\s*[,，]\s*(?:其中|原来|而不是|不是|因为|由于|而非)(?:(?![,，]\s*(?:所以|故|因此))[^。；\n])*"
        r")"
    ),
    needs="i.|that is|namely|where|which|reached|attained|achieved|occurring|taken|=|no|neither|being|would|\\ne",
)
"""Remarks behind a value: what it is by another name, where it is reached, what it is not, what would be otherwise."""
_DENYING_SENTENCE = Sought(
    re.compile(
        r"(?<=[.!?。\n])\s*(?![^.!?。\n]*(?:\b(?:so|thus|hence|therefore|keep|take|leav\w+|only)\b)[^.!?。\n]*\d)"
        r"[^.!?。\n]*\b(?:violates?|fails?|contradicts?|misprint|does not (?:work|satisfy)"
        r"|doesn't (?:work|satisfy)"
        r"|(?:this|that|it) is (?:\w+ )?(?:more|less|greater|larger|smaller|bigger|fewer) than"
        r"|(?:is|was) (?:wrong|incorrect|too (?:small|large|big)|impossible|extraneous|rejected))\b"
        r"[^.!?。\n]*[.!?。]?\s*\Z",
        re.IGNORECASE,
    ),
    needs="violat|fail|contradict|misprint|does not|doesn't|than|wrong|incorrect|too |impossible|extraneous|rejected",
)
_NUM = r"\$?(?:\\\()?(?:[a-zA-Z]\s*[=<>≤≥]\s*)?[-−]?\d+(?:[.,/]\d+)*(?:\\\))?\$?%?"
_START = r"(?:[,;:(（，；。]|[.!?]\s|\b(?:and|but|as|since|because|while|though|although|whereas|or)\b)"
_SAYS = (
    r"(?:says?|said|gets?|got|gives?|gave|claims?|claimed|states?|thinks?|thought|guess(?:es|ed)?"
    r"|expect(?:s|ed)?|find|have)"
)
_DENIAL = (
    r"(?:fails?|violates?|contradicts?|contradiction|misprint|mistake|error|impossible|extraneous|rejected|discarded"
    r"|excluded|invalid|inadmissible|wrong|incorrect|too (?:small|large|big|low|high|few|many)"
    r"|(?:does|did|do|is|was|are|were)(?:n['’]t| not)|cannot|can['’]t)\b"
)
_OTHER_VALUE = Sought(
    re.compile(
        # 12 fails; the answer 12 is a common mistake; n=12不成立
        rf"{_START}\s*(?:(?:and|but|as|since|because|the|answer|value|case|that|for|or)\s+)*{_NUM}(?:\s+[^\W\d][\w'’]*){{0,3}}?"
        rf"\s*[(]?{_DENIAL}(?:(?!,\s*(?:so|we|thus|hence|leaving|only|therefore)\b)[^.;!?\n])*"
        rf"|[,，(（。；或]\s*{_NUM}[^。；，,()（）\n\d]{{0,6}}(?:不成立|不符合|不满足|舍去?|不对|错|不合)[^。；\n]{{0,12}}"
        # many would say 12; others get 12; the earlier estimate was 12
        rf"|{_START}\s*(?:(?:and|but|though|although|while)\s+)*(?:the\s+|a\s+)?(?:many|others|some|people|most|he|she|they|book|textbook"
        rf"|key|my friend|one)\s+(?:people\s+)?(?:would\s+|might\s+|may\s+)?{_SAYS}\b[^.;,\n\d]{{0,30}}{_NUM}"
        rf"|{_START}\s*(?:the\s+|an?\s+|my\s+)?(?:earlier|previous|initial|first|naive|rough|old|original)\s+"
        rf"(?:estimate|guess|attempt|value|answer|result|bound|count)\b[^.;,\n\d]{{0,20}}{_NUM}"
        # we discard x = -12; 13 of them, not 12
        rf"|(?:{_START}[^.;!?。；\n]{{0,40}}?)?(?:\b(?:discard|reject|exclude|drop|eliminate|rule out)\s+"
        rf"(?:the\s+)?(?:root\s+|value\s+|solution\s+|case\s+)?|舍去?\s*){_NUM}"
        rf"|[,;]\s+(?:and\s+|but\s+)?not\s+{_NUM}(?=\s*(?:[.,;!]|$))"
        # 13, contrary to the claim of 12; 13, exceeding 12; 比12多1
        rf"|[,，]?\s*\b(?:contrary to|unlike|as opposed to|exceeding|compared (?:to|with)|up from|down from"
        rf"|(?:more|less|greater|larger|bigger|smaller|fewer|higher|lower) than)\b[^.,;()\n\d]{{0,30}}{_NUM}[^.,;()\n]*"
        rf"|[,，]\s*比[^。；，,\n]*"
        # 13, 12 of which are red; 13 in total: 12 red, 1 blue; 13 (= 12 + 1); (12 points); (不含原点则为12个)
        rf"|{_START}\s*(?:and\s+)?(?:{_NUM}\s+of\s+(?:them|these|those|which|whom)|of\s+(?:which|these|whom)\s+{_NUM})\b[^.;\n]*"
        rf"|(?<=\d)(?:\s+[a-z]{{2,12}}){{0,3}}:\s+\d+\s+[a-z]{{3,}}(?:,| and)\s+\d+\s+[a-z]{{3,}}[^.;\n]*"
        rf"|\s*[(（]\s*(?:[=<>≈][^()\n]*|\d+\s+(?:points?|marks?|分)|[^()（）\d\n]{{0,12}}则[^()（）\n]*)[)）]"
        rf"|\s*[(（]\s*{_NUM}[^()（）\n]{{0,12}}(?:舍|不合|不成立)[^()（）\n]*[)）]",
        re.IGNORECASE,
    ),
    needs="(|:|not|n't|fail|violat|contradict|misprint|mistake|error|impossible|extraneous|reject|discard|exclude|invalid"
    "|inadmissible|wrong|incorrect|too |say|said|get|got|give|gave|claim|state|think|thought|guess|expect|find|have"
    "|estimate|attempt|value|answer|result|bound|count|drop|eliminate|rule out|contrary|unlike|opposed|exceeding"
    "|compared|up from|down from|than|of",
)
"""Another value than the answer, told beside it: one that fails, that somebody else got, that it is compared with."""
_REJECTED = Sought(
    re.compile(
        rf"\s*(?:[,，;；]|\bor\b|\band\b|或|和)\s*{_NUM}\s*[(（]\s*(?:is )?"
        r"(?:rejected|extraneous|invalid|discarded|impossible|舍|不合|不符)[^()（）\n]*[)）]",
        re.IGNORECASE,
    ),
    needs="rejected|extraneous|invalid|discarded|impossible",
)
"""`or x = -1 (rejected)`."""
# `最大值为8，此时x=2`: the value, not where it is reached.
_REACHED_AT = re.compile(
    rf"(?P<kept>最[大小高低多少][^。；\n,，\d]{{0,12}}{_NUM}[^。；\n,，]{{0,6}})[,，]\s*此时[^。；\n]*"
)
_END_MARK = re.compile(
    r"\\\(\s*\\(?:blacksquare|square|qed|Box)\s*\\\)|\$\s*\\(?:blacksquare|square|qed|Box)\s*\$|[■□∎]"
)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def conclusion(text: str) -> str:
    """The text with blanks for what follows its conclusion or denies a value; empty for a refusal that nothing follows.

    Every character that stays keeps its place.
    """
    # Blanks of the same length keep every offset: spans found later point into the completion as the model wrote it.
    text = _END_MARK.sub(_blank, _DENIED.sub(_blank, _MARKUP.sub(_blank, _COURTESY.sub(_blank, text))))
    first = _ANSWER_FIRST.match(text) or _VALUE_FIRST.match(text)
    if first is not None and _VALUE.search(first["answer"]):
        return text[: first.end("answer")]
    text = _REACHED_AT.sub(lambda match: match["kept"].ljust(len(match[0])), text)
    text = _without_remarks(text, _REJECTED)  # before its bracket is taken for a remark
    # A note, a check and a courtesy may follow one another.
    for _ in range(4):
        cut = _PARAGRAPH.search(text)
        if cut is None or not _VALUE.search(text[: cut.start()]):
            break
        text = text[: cut.start() + 1].rstrip(",")
    refusals = list(_REFUSED.finditer(text))
    # "I can't find a closed form, so I compute it: 12" is no refusal.
    if refusals and not _GOES_ON.search(text, refusals[-1].end()):
        return ""
    return _without_remarks(text, _REMARK_IN_BRACKETS, _DENYING_SENTENCE, _REMARK_BEHIND, _OTHER_VALUE)


def _without_remarks(text: str, *remarks: Sought) -> str:
    value = _VALUE.search(text)
    if value is None or _NO_REMARK.fullmatch(text, value.end()):
        return text
    for remark in remarks:
        start = max(0, len(text.rstrip()) - _REMARKS_FROM_END)
        text = text[:start] + remark.sub(_blank_behind_value, text[start:])
    return text


_REMARKS_FROM_END = 600
"""Remarks are looked for in this many characters from the end: before them stand steps."""


_NO_REMARK = re.compile(r"[\d\s.,$*%!-]*")
"""What stands behind the first value of a text without remarks, each of which has a word, a bracket or a sign."""


def _blank_behind_value(match: re.Match[str]) -> str:
    return _blank(match) if _VALUE.search(match.string[: match.start()]) else match[0]


_CORRECTION = re.compile(
    r"(?:\s*[—–,;.…-]+\s*|\s+)(?:(?:no|oh|hmm|but)[,\s]+)?(?:wait|sorry|oops|correction|scratch that"
    r"|I mean|or rather|make that|nope|no(?=[,:]))\b"
    r"[\s,:—–-]*(?:(?:no|it(?:'s| is)|that(?:'s| is)|actually|make that|I get"
    r"|we get)[\s,:—–-]+)*(?=\**[$\\(]{0,2}[-−]?\d)",
    re.IGNORECASE,
)
_OWN_RESULT = re.compile(r"[,;]?\s+but\s+(?:I|we)\s+(?:get|got|find|found|obtain(?:ed)?|think it is)\s+", re.IGNORECASE)
_REMARK = re.compile(
    r"(?<=[\d})%$]),?\s+(?:which|because|since|or about|or approximately|of the|out of|i\.e\.|that is"
    r"|where|reached|attained|contrary to|unlike|as opposed to|compared (?:to|with)|in contrast)(?![a-z]).*$"
    r"|(?<=\b(?-i:[A-J])),?\s+(?:because|since|as)\b.*$"
    r"|(?<=[\d})%$]),\s+(?:\$?[-−]?[\d.]+\$?\s+being\b|as\s).*$"
    r"|(?<=\d)(?:\s*[>≥]\s*\d[^=<>]*|\s\[\d+\])$"
    r"|(?<=[\d})%$a-z])\s*[,，]\s*(?:其中|原来|而不是|不是|因为|由于|而非).*$"
    r"|(?<=[\d个种只位名元]),?\s*[，]\s*(?=[\u4e00-\u9fff]).*$",
    re.IGNORECASE,
)


def corrected(statement: str) -> str:
    """A stated value after its correction: `12 — wait, no, 13` is 13, and `12, but I get 13` as well."""
    for pattern in (_CORRECTION, _OWN_RESULT):
        last = list(pattern.finditer(statement))
        if last:
            return statement[last[-1].end() :]
    return statement


def without_remark(statement: str) -> str:
    """A stated value without a remark behind it: `5, which is odd`, `13 (12 if the origin is excluded)`."""
    if not _VALUE.match(statement.lstrip(" $*(-")):
        return _REMARK.sub("", statement)
    return _OTHER_VALUE.sub("", _REMARK.sub("", _REMARK_IN_BRACKETS.sub("", statement)))


def undetermined(text: str) -> re.Match[str] | None:
    """The words in which a text ends by saying that there is no way to tell; None where it does not."""
    said = list(_UNDETERMINED.finditer(text))
    return said[-1] if said and not _GOES_ON.search(text, said[-1].end()) else None


def without_contrast(statement: str) -> str:
    """A stated value without what it is not: "5 (not 6)", "not 6 but 5", and without the tags of a web page."""
    return _CONTRAST.sub("", _NOT_BUT.sub("", _MARKUP.sub("", statement)))


def is_negated(statement: str) -> bool:
    """Whether a statement only says which value the answer is not."""
    if re.fullmatch(r"(?:not|no longer|never)\W*", statement.strip(), re.IGNORECASE):
        return True  # the box that is denied is blanked out
    return (
        re.match(
            r"(?:not|no longer|never)\s+\**[$\\(]{0,2}(?:\\?boxed\s*\{)?[-−]?\d", statement.lstrip(), re.IGNORECASE
        )
        is not None
    )
