"""A correction behind the marked answer: `The answer is 12. Oops, I forgot one: 13.`, `答案是12。不对，应该是13。`

A sentence that begins with a word of correction and ends in a value replaces the answer before it. A sentence right
behind the answer that calls it wrong takes it back.
"""

from __future__ import annotations

import re

from harness.grading.math.extraction.found import Found

_SENTENCE = re.compile(r"(?:[^.!?。！？\n]|\.(?=\d)|(?<=[a-z]\.[a-z])\.)+[.!?。！？\n]*")
_OPENING = r"[\s*_(（\"“—–-]*(?:(?:oh|hmm+|ah|um|uh|but|and|so|ok(?:ay)?|wait|yes|嗯|哦|啊|但是?)\b[\s,，.…:—–-]*)*"
_CORRECTS = re.compile(
    _OPENING + r"(?:(?:wh)?oops|(?:correction|corrected|revised|erratum|edit|update)(?: answer| value)?[\s*_]*[:：,]"
    r"|scratch that|strike that|never ?mind|apologies|my (?:mistake"
    r"|bad|apolog(?:y|ies)"
    r"|error)|(?:I'm |I am )?sorry(?! for)|on second thoughts?|let me (?:correct|fix|revise)|make that|or rather"
    r"|rather"
    r"|I (?:mean|meant)\b(?! that)|(?:actually,? |however,? |wait,? )*(?:I|we) (?:see (?:that )?I )?(?:have |had "
    r"|just |also )*"
    r"(?:made (?:a|an|one|some|my)\b[^.,;:]{0,24}\b(?:mistake|error|slip)|miscounted|miscalculated|miscomputed"
    r"|forgot|missed"
    r"|overlooked|misread|slipped|double[- ]counted)|I see (?:my|the|an?) (?:mistake|error)"
    r"|(?:that|this|it) (?:ignores|misses|omits|excludes|leaves out|forgets|overlooks|double[- ]counts)\b[^:,;]*"
    r"|(?:that|this|it)(?:'s| is| was) (?:wrong|incorrect|not right|not correct|a mistake|an error|off by)"
    r"|哎呀|哎哟|更正|修正|纠正|勘误|不对(?![称等])|抱歉|对不起|错了|(?:实际上|其实)?我?(?:漏|算错|数错|看错|写错"
    r"|弄错|搞错|少算|多算))",
    re.IGNORECASE,
)
"""Words that take back what was said: any value that the sentence ends in replaces it."""
_DOUBTS = re.compile(
    _OPENING + r"(?:wait|actually|hold on|no|nope|in fact|hmm+|(?:up)?on (?:further )?reflection|(?:after|upon"
    r"|on) (?:re\w+|checking|review)"
    r"|let me re(?:calculate|compute|count|do)\b(?: (?:it|that|this))?|等等|等一下|且慢|实际上|其实|事实上|仔细一想"
    r"|再想想?"
    r"|重新(?:计算|检查|数)|检查|复查"
    r"|不(?=[,，、。!！\s]))(?![a-z-])"
    r"|\s*[（(]?(?:实际上|其实|事实上|等等|正确的?(?:答案|结果|值)?应?该?[是为])",
    re.IGNORECASE,
)
"""Words that may introduce a correction: only a value of the answer itself replaces it."""
_CONTRASTS = re.compile(_OPENING + r"(?:however|but)(?![a-z-])", re.IGNORECASE)
"""Words behind which a value of something else stands more often than another answer."""
_NUMBER_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh"
    r"|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-\w+)?)\b"
)
_VALUE = (
    r"(?P<value>(?:\*\*[^*\n]{1,60}\*\*|\$[^$\n]{1,80}\$|\\\([^\n]{1,80}?\\\)"
    r"|[-−+±]?\s?[$￥¥€£]?\d[^\s，,;；]{0,40}(?:\s*[-+*/^=]\s*[^\s,;]{1,20})*"
    rf"|[-−]?(?:\\\w|√|π|sqrt|[a-zA-Z]\s*=\s*)[^\s，,;；]{{1,60}}|{_NUMBER_WORD}|\(?(?-i:[A-J])\)?(?![\w'’])"
    r"|[([{][^\n.;]{1,60}[)\]}]))"
    r"(?:\s+(?!not\b|of\b|or\b|and\b)[a-zA-Z°%²³]+){0,2}[个種种只名人元米条次组张]{0,2}\s*[*)）\"”]*\s*(?:instead"
    r"|in total|overall|now)?"
    r"\s*[.!。！\n]*\s*$"
)
_SUBJECT = (
    r"(?:it|that|this|there|(?:the|my) (?:(?:correct|right|final|true|actual|real|new|corrected) )?"
    r"(?:answer|result|value|total|count|sum|number|probability|area|maximum|minimum|product)(?: of \w+)?)"
)
_IS = (
    r"(?:'s| is| are| was| be| equals| comes to| becomes| gives| ="
    r"|\s+(?:should|must|has to|ought to|would) (?:be|have been|read))"
)
_ENDS_IN_VALUE = re.compile(
    rf"(?:(?:\bis|\bare|\bbe|\bequals|\bgets?|\bgot|\bgives?|\bgiving|\bmakes?|\bmaking|\bmean|\bmeant|\bto"
    rf"|\btotal of|\bhave"
    rf"|\bread|\bthat|\brather|\bsay|[=:：,，;][\s*_]*|应该?[是为]|[是为]|改为|共有?|得到?|等于)\s*)(?:exactly "
    rf"|actually "
    rf"|really |now )*{_VALUE}",
    re.IGNORECASE,
)
_IS_VALUE = re.compile(
    rf"[\s,，:*_—–-]*(?:(?:no|sorry|actually|wait|so|thus|hence"
    rf"|rather)[\s,:—–-]+)*(?:.{{0,80}}?\b(?:{_SUBJECT}){_IS}\s*(?:actually |really )?"
    rf"|.{{0,80}}?(?:应该?[是为]|正确的?(?:答案|结果|值)?应?[是为]|改为|共有?)\s*|(?:答案|结果|总数"
    rf"|它)?[是为]\s*)?{_VALUE}",
    re.IGNORECASE,
)
_SHOULD_BE = re.compile(
    rf"[\s*_(]*(?:{_SUBJECT}) (?:should|must|has to|ought to) (?:be|have been|read)\s+(?:actually |really )?{_VALUE}",
    re.IGNORECASE,
)
_SO_VALUE = re.compile(
    rf"[\s*_(]*(?:(?:so|thus|hence|therefore|then)[\s,:]+"
    rf"(?:(?:it(?:'s| is)|that(?:'s| is| makes)|there (?:is|are)|we (?:get|have)|(?:{_SUBJECT}){_IS})\s+)?"
    rf"(?:actually |really )?|(?:that makes|making)\s+|所以[是为]?|因此[是为]?|应该?[是为])?{_VALUE}",
    re.IGNORECASE,
)
"""A sentence that is a value and nothing else: behind a doubt it is the new answer."""
_VERB = re.compile(r"\b(?:is|are|was|be|been|get|have|makes|making|equals|becomes|gives)\b|'s|[是为]", re.IGNORECASE)
_DOUBT_REACHES = 3
"""Behind a doubt the new value stands within so many sentences."""
_FORGOTTEN = re.compile(r"forgot|missed|overlooked|漏了?|少算|多算", re.IGNORECASE)
_BREAK = re.compile(r"[:;,，：；—–]|\b(?:so|which|giving|making|makes|gives)\b|所以|应", re.IGNORECASE)
_REMARKS = re.compile(r"\b(?:note|check|verif\w+|confirm|when|if|for (?:n|k|x|example|instance))\b", re.IGNORECASE)
_FORMER = re.compile(
    r"\b(?:said|wrote|claimed|thought|stated|guessed)\s+(?:that\s+)?(?:it\s+)?(?:was\s+|is\s+)?$", re.IGNORECASE
)
"""What stands before a value that was said earlier and is no correction."""
_COUNTS_MORE = re.compile(
    r"\b(?:must|should|need to|have to|forgot|missed|did not|didn't) (?:also )?(?:count|include|add|consider"
    r"|exclude|subtract)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"[\s$*)\]\\}.,;?!。，—–-]*(?:(?:hmm+|wait|no|oops|but|however|sorry|actually|unfortunately)[\s,.…]+)*"
    r"(?:(?:but|and|which|that|this|it)\b\s*(?:answer |value |result )?(?:(?:is|was|seems|must be|turns out to be"
    r"|cannot be"
    r"|can't be|I (?:found|know|think) (?:to be|is))\s+(?:clearly |obviously |actually |also |just )?)(?:wrong"
    r"|incorrect|false"
    r"|mistaken|not (?:right|correct|the answer)|impossible|a mistake|an error|right only if|correct only if)\b"
    r"|(?:这|该|此)个?(?:答案|结果|值)?(?:是|显然)?(?:错|不对|不正确))",
    re.IGNORECASE,
)
_KEPT = re.compile(r"\b(?:still|unchanged|remains|same|confirms?|not \d+)\b|仍|不变|依然", re.IGNORECASE)


def corrected_answer(text: str, marked: Found, *, is_truncated: bool) -> Found | None:
    """The marked answer, or what a correction behind it puts in its place; None where it is only taken back.

    Of a truncated text a correction that touches the cut may be unfinished: nothing is left.
    """
    found = marked if _TAKEN_BACK.match(text, marked.end) is None else None
    is_open, doubted = found is None, 0
    for sentence in _SENTENCE.finditer(text, marked.end):
        words = sentence[0]
        value, corrects = _replacement(words, is_open=is_open)
        if value is None and (doubted or is_open) and not _KEPT.search(words):
            value = _conclusion(words)
        is_open = corrects and value is None and not _KEPT.search(words)
        doubted = 0 if value is not None or _KEPT.search(words) else _DOUBT_REACHES if _is_doubt(words) else doubted - 1
        doubted = max(doubted, 0)
        if value is not None:
            start = sentence.start() + value.start("value")
            end = sentence.start() + value.end("value")
            if is_truncated and not text[end:].strip(" \t*$."):
                return None
            answer = value["value"].strip().strip("*").rstrip(".。,!")
            found = Found(answer, "correction of the answer", start, end)
    return found


def _replacement(words: str, *, is_open: bool) -> tuple[re.Match[str] | None, bool]:
    """The value that a sentence puts in the place of the answer, and whether the sentence corrects anything.

    `is_open`: the sentence before took the answer back and named no other.
    """
    if _KEPT.search(words) or words.rstrip().endswith(("?", "？")):
        return None, False
    value, corrects = _value_and_cue(words, is_open=is_open)
    if value is not None and _FORMER.search(words, 0, value.start("value")):
        return None, False
    return value, corrects


def _conclusion(words: str) -> re.Match[str] | None:
    """The value of a sentence that is nothing else: `So 13.`, `So there are 13 pairs.`, and not `So 4 kinds.`"""
    match = _SO_VALUE.fullmatch(words)
    if match is None or re.search(r"\d\s*=", match["value"]):
        return None
    has_verb = _VERB.search(words, 0, match.start("value")) is not None
    has_noun = re.search(r"[A-Za-z]", words[match.end("value") :]) is not None
    return None if has_noun and not has_verb else match


def _is_doubt(words: str) -> bool:
    """Whether a sentence doubts the answer, and does not say that it stays."""
    cue = _DOUBTS.match(words) or _CONTRASTS.match(words)
    return cue is not None and not _KEPT.search(words) and not _REMARKS.search(words)


def _value_and_cue(words: str, *, is_open: bool) -> tuple[re.Match[str] | None, bool]:
    if (cue := _CORRECTS.match(words)) is not None and (forgotten := _FORGOTTEN.search(words)) is not None:
        # what follows at once is what was forgotten: "I forgot n = 0"
        end = _BREAK.search(words, forgotten.end())
        return (_ENDS_IN_VALUE.search(words, end.start()) if end is not None else None), True
    if cue is not None:
        return _ENDS_IN_VALUE.search(words, cue.end()) or _IS_VALUE.fullmatch(words, cue.end()), True
    if (should := _SHOULD_BE.fullmatch(words)) is not None:
        return should, False
    if (cue := _DOUBTS.match(words) or _CONTRASTS.match(words)) is not None:
        is_remark = cue.re is _CONTRASTS or _REMARKS.search(words)
        value = None if is_remark else _IS_VALUE.fullmatch(words, cue.end())
        if value is None and _COUNTS_MORE.search(words):
            value = _ENDS_IN_VALUE.search(words, cue.end())
        return value, False
    return (_IS_VALUE.fullmatch(words) if is_open else None), False
