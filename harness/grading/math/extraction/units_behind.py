r"""The unit that stands behind an extracted number: `$\boxed{5}$ m`, `**5** cm²`, `5米`.

The unit belongs to the answer: 5 m is not 5 cm. Only a unit of the table that ends its phrase counts, so that a word
such as `in` or `a` is none.
"""

from __future__ import annotations

import re

from harness.grading.math.extraction.found import Found
from harness.grading.math.parsing.chinese import chinese_unit
from harness.grading.math.parsing.units import known_unit

_NUMBER = re.compile(
    r"(?!.*,\s)(?:[a-zA-Z]\s*=\s*)?[-−+]?\s*(?:[\d.,/\s^*(){}]|\\(?:[dt]?frac|sqrt|pi|cdot|times)(?![a-zA-Z])|π|√)*[\d})π]\s*"
)
_UNIT = re.compile(
    r"(?:\s|~|\*|\$|\\[,;:!) ])*(?P<unit>(?:(?:square|cubic|sq\.?|cu\.?)\s)?(?P<word>[a-zA-Z]{1,12})"
    r"(?:\s?(?:/|\bper\b)\s?[a-zA-Z]{1,12})?(?:\^?\{?[23]\}?|[²³])?)(?P<end>[\s*$]*(?:[.,;:!?)\n]|\Z)|(?=\s))"
)
_SCALE = re.compile(r"\s+(?P<scale>hundred|thousand|million|billion|trillion|dozen)(?![a-z-])(?!\s+(?:of|and)\b)")
_CHINESE_UNIT = re.compile(r"(?:\s|\*|\$|\\[,;:!) ])*(?P<unit>[一-鿿]{1,4})(?=[\s。，,.;；)）]|\Z)")
_NOT_ALONE = frozenset(
    ("in", "won", "bar", "bars", "second", "score", "mole", "foot", "C", "F", "T", "M", "A", "K", "N", "J", "V", "W")
)
"""Units that are words or names as well: they count only as `in.` with its point, or not at all."""


def with_unit_behind(text: str, found: Found) -> Found:
    """The answer with the unit behind it, where the answer is one number without a unit."""
    number = found.answer.strip("$ ")
    if not _NUMBER.fullmatch(number):
        return found
    if (chinese := _CHINESE_UNIT.match(text, found.end)) is not None and chinese_unit(chinese["unit"]).dimension:
        return Found(f"{number}{chinese['unit']}", found.rule, found.start, chinese.end("unit"))
    if (scale := _SCALE.match(text, found.end)) is not None:
        return Found(f"{number} {scale['scale']}", found.rule, found.start, scale.end())
    match = _UNIT.match(text, found.end)
    if match is None or not _is_unit(match):
        return found
    name = match["unit"].replace("²", "^2").replace("³", "^3")
    power = re.search(r"\^?\{?([23])\}?$", name)
    base, exponent = (name[: power.start()], f"^{power[1]}") if power else (name, "")
    return Found(rf"{number} \text{{ {base} }}{exponent}", found.rule, found.start, match.end("unit"))


def _is_unit(match: re.Match[str]) -> bool:
    unit = known_unit(match["unit"].replace("²", "2").replace("³", "3"))
    if unit is None or match["unit"] in _NOT_ALONE:
        return False
    is_at_end = bool(match["end"])
    return is_at_end or len(match["word"]) > 3 or match["word"] in ("cm", "mm", "km", "kg")
