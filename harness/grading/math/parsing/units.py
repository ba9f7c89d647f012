"""The unit behind a value: told apart from the formula, and converted where both sides name one we know.

Covers SI and customary units of length, area, volume, mass, time, speed, angle and money, ordinal endings, counted
things ("12 cups of flour") and number words (million). A unit that only one side names is not held against it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from harness.grading.math.parsing.chinese import chinese_amount
from harness.grading.math.parsing.unit_table import UNITS, Unit, prefixed

_COMMON = (frozenset(UNITS) - frozenset(prefixed()) - {"ha", "qt", "pt", "gal", "cal", "cup", "eur"}) | frozenset(
    ("cm", "mm", "km", "kg", "mg", "ms", "ml", "Hz", "Pa")
)
"""Units that count as such behind anything, not only behind a number and a space."""
_SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12, "score": 20,
}  # fmt: skip
_NOT_UNITS = frozenset((
    "and", "are", "at", "base", "billion", "choose", "dozen", "factorial", "for", "greater", "half", "hundred",
    "if", "in", "is", "least", "less", "million", "minus", "mod", "modulo", "more", "most", "no", "not", "of",
    "or", "over", "pi", "plus", "remainder", "sqrt", "than", "thousand", "times", "to", "trillion", "when",
    "where", "with", "squared", "cubed", "halves", "thirds", "fourths", "fifths", "tenths", "hundredths", "tens",
    "hundreds", "thousands", "millions", "dozens", "factorials",
))  # fmt: skip
_PROPERTIES = frozenset(("even", "odd", "prime", "composite", "positive", "negative", "integer"))
"""Words that say which numbers are meant; `n odd` is not n."""
_TEXT = r"\\text\s*\{[^{}\d]*\}"
_EXPONENT = r"(?:\s*\^\s*\{?\s*-?\d\s*\}?)?"
_TEXT_TAIL = re.compile(
    rf"(?P<core>.*[\d)}}\]\w])\s*(?P<unit>(?:{_TEXT}){_EXPONENT}(?:\s*(?:/|\\cdot|\s)\s*{_TEXT}{_EXPONENT})*)$",
    re.DOTALL,
)
_WORD_TAIL = re.compile(
    rf"(?P<core>.*(?:[\d)}}\]]|\\pi(?=\s)))\s*"
    rf"(?P<unit>\(?[a-zA-Z][a-zA-Z.'-]*{_EXPONENT}(?:(?:\s*/\s*|\s+)[a-zA-Z][a-zA-Z.'-]*{_EXPONENT})*\)?)$",
    re.DOTALL,
)
_ORDINAL = re.compile(r"^(?P<core>\d+)\s*\^?\s*\{?\s*(?:\\text\s*\{)?\s*(?:th|st|nd|rd)\s*\}?\s*\}?$")
_NUMERIC = re.compile(r"^[-+]?\s*(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*/\s*\d+)?$")
_SCALED = re.compile(
    r"^(?P<core>[-+]?\d[\d,]*(?:\.\d+)?)\s*(?:\\text\s*\{)?\s*(?P<scale>" + "|".join(_SCALES) + r")\s*\}?(?P<rest>.*)$"
)


_COMPOUND = re.compile(r"^(?P<a>\d+(?:\.\d+)?)\s*(?P<u>[a-z]+)\s+(?P<b>\d+(?:\.\d+)?)\s*(?P<v>[a-z]+)$", re.IGNORECASE)


def _compound(text: str) -> tuple[str, Unit | None] | None:
    """`1 hour 30 minutes` as one value in the first unit; None for anything else."""
    match = _COMPOUND.match(_words_of(text) if "text" in text else text)
    if match is None:
        return None
    large, small = known_unit(match["u"]), known_unit(match["v"])
    # `5 feet 3 inches`: two units of one kind, the larger first. `3 m 4 s` is no single value.
    if large is None or small is None or large.dimension != small.dimension or large.factor <= small.factor:
        return None
    ratio = small.factor / large.factor
    return f"{match['a']}+{match['b']}*{ratio.numerator}/{ratio.denominator}", large


def split_unit(text: str) -> tuple[str, Unit | None]:
    """The cleaned value without its unit, and the unit; the text itself and None where there is none."""
    if not text.isascii() and (chinese := chinese_amount(text)):
        return chinese
    if compound := _compound(text):
        return compound
    if ordinal := _ORDINAL.match(text):
        return ordinal["core"], None
    if scaled := _SCALED.match(text):
        value = Fraction(scaled["core"].replace(",", "")) * _SCALES[scaled["scale"]]
        return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value), None
    # Units in a text command first: `\text{m}` can be no variable, while a bare m can.
    if (tail := _TEXT_TAIL.match(text)) and (unit := _unit(_words_of(tail["unit"]), is_marked=True)):
        return tail["core"].strip(), unit
    if tail := _WORD_TAIL.match(text):
        core = tail["core"].strip()
        unit = _unit(
            tail["unit"].strip("()"),
            is_marked=False,
            is_counted=bool(_NUMERIC.match(core)),
            is_apart=text[: tail.start("unit")].endswith(" "),
        )
        if unit is not None:
            return core, unit
    return text, None


def _words_of(marked: str) -> str:
    return re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", marked).replace(r"\cdot", " ").strip()


def _unit(words: str, *, is_marked: bool, is_counted: bool = False, is_apart: bool = False) -> Unit | None:
    """The unit of these words; `is_marked`: they stood in a text command; `is_counted`: behind a plain number, and
    `is_apart` with a space."""
    known = known_unit(words)
    if known is not None and (is_marked or _is_told_by_itself(words, is_counted=is_counted and is_apart)):
        return known
    parts = re.findall(r"[A-Za-z]+", words)
    if (
        not parts
        or _PROPERTIES & {part.lower() for part in parts}
        or any(part.lower() in _NOT_UNITS for part in parts[:1])
        or {"or", "and"} & {part.lower() for part in parts}
    ):
        return None
    if is_marked:
        return Unit(words, None) if any(len(part) > 1 for part in parts) else None
    if is_counted and len(parts[0]) >= 3 and (set(parts[0].lower()) & set("eiou") or len(parts[0]) > 4):
        return Unit(words, None)
    if is_counted and is_apart and re.fullmatch(r"[a-z]*[ay][a-z]*s", parts[0]) and len(parts[0]) > 2:
        return Unit(words, None)  # `12 bags`; without the space it may be a product
    return None


def _is_told_by_itself(words: str, *, is_counted: bool) -> bool:
    """Whether a unit outside a text command can be nothing else: `5 kN`, `3 cm`, and not the product in `2nm`."""
    if len(words) < 2:
        return False
    return (
        words in _COMMON
        or words.lower() in _COMMON
        or re.match(r"m\s*\^", words) is not None
        or re.search(r"^(?![TCKML][/\s]).*[/\s]", words) is not None
        or re.split(r"[^A-Za-z]", words, maxsplit=1)[0] in _COMMON - frozenset("ghltsANJWVMK")
        or (is_counted and (len(words) > 2 or re.fullmatch(r"[kMG][A-Z]", words) is not None))
    )


_SHORT = {"mph": "mi/h", "kph": "km/h", "kmh": "km/h", "kmph": "km/h"}


def known_unit(words: str) -> Unit | None:
    """A unit of the table, with a power or as a quotient of two: `cm^2`, `square feet`, `km/h`, `miles per hour`."""
    words = re.sub(r"\s*[.]\s*$", "", words.strip())
    words = _SHORT.get(words.lower(), words)
    words = re.sub(r"^(?:degrees?|deg)\.?\s+(?=(?:celsius|fahrenheit)$)", "", words, flags=re.IGNORECASE)
    top, _, bottom = re.sub(r"\s+per\s+", "/", words).partition("/")
    if bottom:
        above, below = known_unit(top), known_unit(bottom)
        if above is None or below is None or above.dimension is None or below.dimension is None:
            return None
        return Unit(
            words, (*above.dimension, *((base, -power) for base, power in below.dimension)), above.factor / below.factor
        )
    match = re.match(
        r"^(?:(?P<power_word>square|sq|cubic|cu)\.?\s+)?(?P<name>[A-Za-z]+)\s*(?:\^?\s*\{?\s*(?P<power>[1-9])\s*\}?)?$",
        words,
    )
    if match is None:
        return None
    unit = UNITS.get(match["name"]) or UNITS.get(match["name"].lower())
    # `Km`, `Kg`: a common misspelling of kilo; K alone stays kelvin.
    if unit is None and match["name"][0] == "K":
        unit = UNITS.get("k" + match["name"][1:])
    if unit is None or unit.dimension is None:
        return None
    power = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}.get(match["power_word"] or "", int(match["power"] or 1))
    # Both grow with the power: a square metre is 10,000 square centimetres and not 100.
    return Unit(words, tuple((base, count * power) for base, count in unit.dimension), unit.factor**power)
