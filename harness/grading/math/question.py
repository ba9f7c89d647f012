"""What a question, and the tags of its sample, say about the answers that are equal.

The rules are those of docs/grading-math.md: a list has an order where named parts are asked for, a comma separates
unless the text writes decimals with it, percent may be left out where percent is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

WHOLE_NUMBER_NAMES = frozenset("nkmlN")
"""Letters that stand for whole numbers unless the question says otherwise."""

_LETTER = re.compile("[a-zA-Z]")
_LONE_LETTER = re.compile("(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z])")
_ORDER = re.compile(
    r"\brespectively\b|\b(?:in|by|of) (?:this|that|which|the|what) (?:same )?order\b|\border in which\b"
    r"|\bhow many of each\b|依次|分别|顺序|甲[、和与,，]乙[^。？?]{0,16}各",
    re.IGNORECASE,
)
_NAME = r"\$?(?P<{0}>[a-zA-Z](?:_\{{?\w+\}}?)?(?:\(\s*\w+\s*\))?)\$?"
_NAMED = re.compile(
    r"\b(?:values? of|determine|find|compute|calculate|evaluate|what are)\s+"
    r"(?:the )?(?:values? of |constants? |numbers? )?"
    + _NAME.format("a")
    + r"(?:\s*,\s*\$?[a-zA-Z]\$?)*\s*,?\s*(?:\band\b|和|、)\s*"
    + _NAME.format("b")
    + r"(?![a-zA-Z'])",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[(（]\s{1,}[)）]|_{3,}|\\underline\s*\{\s*(?:\\[hq]\w*(?:\{[^{}]*\})?|[\s~])*\}")
_SOLUTIONS = re.compile(
    r"\b(?:solve|solutions?|roots?|pairs?|all (?:possible )?values|切线|所有)\b|切线|所有的?解", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.?!;])\s+|[。？！；\n]")
_ASKING = re.compile(
    r"\b(?:find|determine|what|compute|calculate|evaluate|list|give|how many|how much|express|state|which|who|write"
    r"|name)\b"
    r"|求|写出|填|多少|哪",
    re.IGNORECASE,
)
_SORTED = re.compile(
    r"\b(?:arrange|(?<!in )order|sort|rank|list)\b[^.?!]*\b(?:from (?:the )?[a-z]+ to\b|(?:in|into|by) [a-z ]{0,20}"
    r"(?:increasing|decreasing|ascending|descending|alphabetical|chronological|numerical|reverse) order\b)"
    r"|(?:从|由|按)[^。，；]{0,6}(?:到|至)[^。，；]{0,6}(?:排列|排序|顺序|排)",
    re.IGNORECASE,
)
"""An order that is asked for by what the parts are sorted by."""
_FIRST_PARTS = re.compile(
    r"\bfirst,? second,?(?: and)? third\b|\bfirst (?:two|three|four|five|six|seven|eight|ten|few) terms\b"
    r"|前[一二三四五六七八九十\d]+项",
    re.IGNORECASE,
)
_QUANTITY = (
    r"(?:means?|averages?|medians?|modes?|ranges?|variances?|standard deviations?|lengths?|widths?|heights?|depths?"
    r"|bases?|areas?|perimeters?|circumferences?|volumes?|surface areas?|radius|radii|diameters?|sums?|products?"
    r"|differences?|quotients?|remainders?|slopes?|[xy]-intercepts?|numerators?|denominators?|speeds?|velocity"
    r"|velocities|accelerations?|distances?|times?|costs?|prices?|ages?|mass(?:es)?|amplitudes?|periods?"
    r"|frequenc(?:y|ies)"
    r"|domains?|hypotenuses?|real parts?|imaginary parts?|gcd|lcm)"
)
_CHINESE_QUANTITY = "(?:长|宽|高|周长|面积|体积|半径|直径|平均数|中位数|众数|方差|标准差|极差|余数)"
_TWO_QUANTITIES = re.compile(
    rf"\b(?P<a>{_QUANTITY})\b(?:\s+of\s+[^.?!,]{{1,40}}?)?,?\s+and\s+(?:the |its |their |his |her )?"
    rf"(?!(?P=a)\b)(?:[a-z]+ )?{_QUANTITY}\b"
    r"|\bhow many\b[^.?!,]{1,40}\band (?:how many\b|[a-z]+ (?:does|do|did|are|were|will|can|has|have)\b)"
    rf"|(?P<c>{_CHINESE_QUANTITY})[和与及、](?!(?P=c)){_CHINESE_QUANTITY}"
    r"|求\s*\$?[a-z]\$?\s*[和与、,，]\s*\$?[a-z]\$?(?![a-z])",
    re.IGNORECASE,
)
"""Two quantities that are asked for by what they measure."""
_ALL_VALUES = re.compile(
    r"\ball (?:the )?(?:possible |real |positive |integer )*(?:values|solutions|pairs|triples)\b", re.IGNORECASE
)
_WHOLE = re.compile(
    r"\b(?:integers?|natural numbers?|whole numbers?)\s+(?:constants?\s+)?"
    r"\$?(?P<names>[a-zA-Z](?:\$?\s*(?:,|and|\bor\b)\s*\$?[a-zA-Z]\b)*)"
    r"(?![a-zA-Z])"
    r"|(?P<before>(?<![a-zA-Z\\])[a-zA-Z])\$?\s+(?:is|be|are)\s+(?:an?\s+)?(?:any\s+)?"
    r"(?:positive |non-?negative |fixed |given )?"
    r"(?:integers?|natural)"
    r"|(?P<member>(?<![a-zA-Z\\])[a-zA-Z])\s*\\in\s*\\mathbb\s*\{?\s*[ZN]"
    r"|(?:正整数|自然数|整数)\s*\$?(?P<chinese>[a-zA-Z])(?![a-zA-Z])"
)
_WHOLE_CUE = re.compile("integer|natural|whole number|mathbb|整数|自然数")
"""What every match of _WHOLE contains; it is slow to search for."""
_DEGREES = re.compile(r"\bdegrees?\b|\^\s*\{?\s*\\circ|°|度", re.IGNORECASE)
_TEMPERATURE = re.compile(
    r"\btemperatures?\b|\bcelsius\b|\bfahrenheit\b|°\s?[CF]\b|\\circ\s*\}?[^a-zA-Z]{0,3}(?:\\(?:text"
    r"|mathrm)\s*\{)?\s*[CF]\b|温|℃|摄氏|华氏",
    re.IGNORECASE,
)
_BASE = re.compile(r"\bbase\b|\bbinary\b|\boctal\b|\bhexadecimal\b|\bternary\b|\d_|进制|进位", re.IGNORECASE)
_PERCENT = re.compile(r"\bper\s?cent(?:age)?\b|%|百分", re.IGNORECASE)
_MATRICES = re.compile(
    r"\bmatri(?:x|ces)\b|\boperators?\b|\bquaternions?\b|\bpermutations?\b[^.]{0,40}\bcompos|\bnon-?commut|矩阵",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"\b(?:in|of) (?:a|the) (?:[a-z-]+ )?group\b|\bgroup elements?\b|\bpermutations? [a-zA-Z$\\]|群", re.IGNORECASE
)
_ROUNDED = re.compile(
    r"\bround(?:ed|ing)?\b|\bapproximat|\bnearest\b|\bdecimal places?\b|\bsignificant (?:figures?|digits?)\b"
    r"|\bestimate|\babout how\b|\\approx|精确到|保留|约为|四舍五入|近似",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(
    r"(?<![\d,.])(?:0,\d+|\d+,\d{1,2})\s*(?:%|\\%|€|euros?\b|k?m\b|cm\b|kg\b|°)|(?<![\d,.])0,\d+(?![\d,])"
)


@dataclass(frozen=True, kw_only=True)
class QuestionHints:
    """What a question, a sample's tags, and the way a response writes decimals say about equal answers.

    Each property is read from the text when it is first asked for: most answers are decided without any.
    """

    question: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    response: str = ""

    @cached_property
    def is_ordered(self) -> bool:
        """Whether the parts of a list answer different questions."""
        if "ordered" in self.tags:
            return _is_true(self.tags["ordered"])
        return bool(self.question) and asks_for_order(self.question)

    @cached_property
    def whole(self) -> frozenset[str]:
        """Variables that are whole numbers."""
        tagged = frozenset(_LETTER.findall(self.tags.get("integer", "")))
        return WHOLE_NUMBER_NAMES | tagged | _whole_names(self.question)

    @cached_property
    def has_degrees(self) -> bool:
        """Whether angles are measured in degrees."""
        return _DEGREES.search(self.question) is not None

    @cached_property
    def has_temperature(self) -> bool:
        """Whether degrees are those of a temperature."""
        return _TEMPERATURE.search(self.question) is not None

    @cached_property
    def asks_percent(self) -> bool | None:
        """Whether percent is asked for; None where there is no question."""
        return _PERCENT.search(self.question) is not None if self.question else None

    @cached_property
    def names_base(self) -> bool | None:
        """Whether numerals have a base; None where there is no question."""
        return _BASE.search(self.question) is not None if self.question else None

    @cached_property
    def has_matrices(self) -> bool:
        """Whether products of capital letters do not commute."""
        return _MATRICES.search(self.question) is not None

    @cached_property
    def has_group(self) -> bool:
        """Whether products of other letters do not commute either."""
        return _GROUP.search(self.question) is not None

    @cached_property
    def is_rounded(self) -> bool:
        """Whether the target is a rounded value."""
        return _ROUNDED.search(self.question) is not None

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether decimals are written with a comma."""
        return any(_DECIMAL_COMMA.search(text) for text in (self.question, self.response))

    @cached_property
    def needs_unit(self) -> bool:
        """Whether an answer without the unit is wrong."""
        return _is_true(self.tags.get("unit_required", ""))


NO_HINTS = QuestionHints()


def hints_of(question: str | None, tags: Mapping[str, str] | None = None, response: str = "") -> QuestionHints:
    """The hints of a question, of a sample's tags, and of how a response writes its decimals."""
    return QuestionHints(question=question or "", tags=tags or {}, response=response)


def _is_true(value: str) -> bool:
    return value.strip().lower() in ("true", "yes", "1")


def asks_for_order(question: str) -> bool:
    """Whether the parts of the answer have their places: named parts, blanks, an order that is asked for.

    Only the sentences that ask count: "respectively" in what is given says nothing about the answer.
    """
    if len(_BLANK.findall(question)) > 1 and not _SOLUTIONS.search(question):
        return True
    asking = [sentence for sentence in _SENTENCE.split(question) if _ASKING.search(sentence)]
    if any(_ALL_VALUES.search(sentence) for sentence in asking):
        return False
    rules = (_ORDER, _NAMED, _TWO_QUANTITIES, _FIRST_PARTS)
    if any(rule.search(sentence) for sentence in asking for rule in rules):
        return True
    return any(_SORTED.search(sentence) and not _SOLUTIONS.search(sentence) for sentence in _SENTENCE.split(question))


def _whole_names(question: str) -> frozenset[str]:
    found: set[str] = set()
    if not _WHOLE_CUE.search(question):
        return frozenset()
    for match in _WHOLE.finditer(question):
        said = next(group for group in match.groups() if group is not None)
        found.update(_LONE_LETTER.findall(said))
    return frozenset(found)
