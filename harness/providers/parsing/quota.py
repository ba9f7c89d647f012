"""Whether an error says that a quota of a day or longer is used up, whatever the dialect.

Providers state it in words, in a code, or in Google's error details (google.rpc.QuotaFailure and ErrorInfo), which
gateways also pass on as text inside a message. A limit per minute refills by itself and is none of these.
"""

from __future__ import annotations

import itertools
import json
import re

from harness.core.types import FailureKind
from harness.providers.format.dialect_spec import ErrorFields

MIN_QUOTA_WAIT_S = 60.0
"""A shorter wait that is named beside a used-up quota belongs to a limit per minute: Google sends `retryDelay: 34s`
with a quota per day, Moonshot `after 1 seconds` with its TPD."""

VAGUE_KINDS = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.INTERRUPTED,
        FailureKind.SERVER_ERROR,
        FailureKind.BAD_REQUEST,
        FailureKind.UNAUTHORIZED,
    }
)
"""Causes that a status or a general code gives to a used-up quota as well."""

_PERIOD = (
    r"dail(?:y|ies)|per[-_ ]?(?:day|week|month)|(?:\ba|each|every|this|for the|/) ?(?:day|week|month)\b|\btoday"
    r"|weekly|monthly|\b[rt]p[dw]\b|free[-_ ]tier (?:quota|allocation|allowance)"
    r"|(?:24|5)[-_ ]?h(?:ou)?rs?\b|每[日天周月]|[今当本][日天周月]"
)
_QUOTA = (
    r"quota|limit|allowance|allocation|\bcap\b|usage|requests?|tokens?|credits?|calls?|messages?|\b[rt]p[dw]\b"
    r"|额度|配额|限额|上限|次数|用量"
)
_USED_UP = (
    r"exhaust|exceed|reached|used[-_ ]up|used all|r[au]n out|\bhit\b|deplet|over (?:the|your)|consumed|maxed|spent"
    r"|no (?:more|remaining)|\b0 (?:left|remaining)|用完|用尽|耗尽|超出|超过|已达|达到|不足"
)
_SENTENCE = re.compile(
    rf"(?=.*(?:{_PERIOD}))(?=.*(?:{_QUOTA}))(?=.*(?:{_USED_UP}))(?!.*(?:per[-_ ]?(?:minute|second)|\b[rt]p[ms]\b))",
    re.IGNORECASE,
)
_USAGE_LIMIT = re.compile(
    r"usage[-_ ]limits?\b.{0,40}(?:reached|exceeded|exhausted)|(?:reached|exceeded|hit) your .{0,40}usage limits?",
    re.IGNORECASE,
)
_OFFER = re.compile(r"upgrad|\badd\b|unlock|\bbuy\b|purchas|subscrib|to get|升级|购买|充值", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|[。！？；\n]")
_GOOGLE_DETAILS = re.compile(
    r'"(?:quota_?id|quota_?metric|quota_?limit)\W+[^",]*per_?(?:day|week|month)'
    r'|"quota_?unit\W+1/d\b|"reason\W+(?:quota_exhausted|dailylimitexceeded)|"quota_?limit_?value\W+0\b',
    re.IGNORECASE,
)
_ZERO_LIMIT = re.compile(r"limit: 0\b")


def is_stated_in_details(facts: ErrorFields) -> bool:
    """Whether Google's error details name a quota per day or longer, or one of zero, which was never there."""
    details = json.dumps(facts.details, ensure_ascii=False, default=str)
    if _GOOGLE_DETAILS.search(details) or _GOOGLE_DETAILS.search(facts.message):
        return True
    return "resource_exhausted" in facts.codes and _ZERO_LIMIT.search(facts.message) is not None


def is_stated_in_words(facts: ErrorFields) -> bool:
    """Whether a code or the message, within two sentences, says that a quota of a day or longer is used up.

    Under 400 only "You have reached your specified API usage limits" (Anthropic) counts: other words may quote the
    prompt.
    """
    if _USAGE_LIMIT.search(facts.message):
        return True
    if facts.status in (400, 422):
        return False
    sentences = _SENTENCE_END.split(facts.message)
    pairs = [f"{one},{after}" for one, after in itertools.pairwise(sentences) if not _OFFER.search(after)]
    return any(_SENTENCE.match(words) for words in (*facts.codes, *sentences, *pairs))
