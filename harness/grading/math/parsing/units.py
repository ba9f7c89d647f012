"""The unit behind a value: told apart from the formula, and converted where both sides name one we know.

Covers SI and customary units of length, area, volume, mass, time, speed, angle and money, ordinal endings, counted
things ("12 cups of flour") and number words (million). A unit that only one side names is not held against it.
Not here: degrees inside formulas (evaluate), percent (matching).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """`dimension` as powers of base quantities, None for a word that is no known unit; `factor` to the base unit."""

    name: str
    dimension: Dimension | None
    factor: Fraction = Fraction(1)


_TABLE = """
length 1 m meter meters metre metres;
length 1/100 cm centimeter centimeters centimetre centimetres;
length 1/1000 mm millimeter millimeters millimetre millimetres;
length 1/10 dm decimeter decimeters;
length 1000 km kilometer kilometers kilometre kilometres;
length 254/10000 in inch inches;
length 3048/10000 ft foot feet;
length 9144/10000 yd yard yards;
length 1609344/1000 mi mile miles;
mass 1 kg kilogram kilograms;
mass 1/1000 g gram grams;
mass 1/1000000 mg milligram milligrams;
mass 45359237/100000000 lb lbs pound pounds;
mass 45359237/1600000000 oz ounce ounces;
mass 1000 t ton tons tonne tonnes;
time 1 s sec secs second seconds;
time 60 min mins minute minutes;
time 3600 h hr hrs hour hours;
time 86400 day days;
time 604800 week weeks;
time 1/1000 ms millisecond milliseconds;
year 1 yr year years;
year 1/12 month months;
volume 1/1000 l liter liters litre litres;
volume 1/1000000 ml milliliter milliliters;
angle 1 degree degrees deg;
angle 0 rad radian radians;
length 18288/10000 fathom fathoms;
volume 3785411784/1000000000000 gal gals gallon gallons;
volume 946352946/1000000000000 qt quart quarts;
volume 473176473/1000000000000 pint pints;
volume 2365882365/10000000000000 cup cups;
area 40468564224/10000000 acre acres;
area 10000 ha hectare hectares;
money 1 dollar dollars usd;
money 1/100 cent cents;
money 1/4 quarter quarters;
money 1/10 dime dimes;
money 1/20 nickel nickels;
money 1/100 penny pennies;
euro 1 euro euros eur;
temperature 1 kelvin K;
celsius 1 celsius;
fahrenheit 1 fahrenheit;
molarity 1 M;
energy 4184/1000 cal calorie calories;
energy 4184 kcal;
energy 3600000 kWh;
"""
_SYMBOLS = {
    "m": ("length", "1"), "g": ("mass", "1/1000"), "s": ("time", "1"), "L": ("volume", "1/1000"),
    "A": ("current", "1"), "N": ("force", "1"), "J": ("energy", "1"), "W": ("power", "1"), "V": ("voltage", "1"),
    "Hz": ("frequency", "1"), "Pa": ("pressure", "1"), "mol": ("amount", "1"), "C": ("charge", "1"),
    "T": ("field", "1"), "eV": ("energy", "1602176634/10000000000000000000000000000"),
}  # fmt: skip
_FULL_NAMES = {
    "meter": "m", "metre": "m", "gram": "g", "second": "s", "liter": "L", "litre": "L", "ampere": "A", "amp": "A",
    "newton": "N", "joule": "J", "watt": "W", "volt": "V", "hertz": "Hz", "pascal": "Pa", "mole": "mol",
    "coulomb": "C", "tesla": "T",
}  # fmt: skip
_PREFIXES = {
    "": 0, "k": 3, "M": 6, "G": 9, "c": -2, "m": -3, "n": -9,
    "micro": -6, "kilo": 3, "mega": 6, "giga": 9, "centi": -2, "milli": -3, "nano": -9,
}  # fmt: skip
"""Powers of ten, for symbols and for full names; `µ` is read as `micro` before."""


_VOLUME: Dimension = (("length", 3),)


def _table() -> dict[str, Unit]:
    units = {}
    for entry in filter(str.strip, _TABLE.replace("\n", " ").split(";")):
        base, factor, *names = entry.split()
        dimension: Dimension = {"volume": _VOLUME, "area": (("length", 2),)}.get(base, ((base, 1),))
        for name in names:
            units[name] = Unit(name, dimension, Fraction(factor) or Fraction(1))
    return _prefixed() | units


def _prefixed() -> dict[str, Unit]:
    """Every SI symbol and name with every prefix: `kPa`, `nm`, `kilonewtons`."""
    units = {}
    for prefix, power in _PREFIXES.items():
        scale = Fraction(10) ** power
        names = [(name, name) for name in _SYMBOLS] if len(prefix) < 2 or prefix == "micro" else []
        if len(prefix) != 1:
            names += [(full + plural, symbol) for full, symbol in _FULL_NAMES.items() for plural in ("", "s")]
        for name, symbol in names:
            base, factor = _SYMBOLS[symbol]
            dimension: Dimension = _VOLUME if base == "volume" else ((base, 1),)
            units[prefix + name] = Unit(prefix + name, dimension, Fraction(factor) * scale)
    return units


UNITS = _table()
_COMMON = (frozenset(UNITS) - frozenset(_prefixed()) - {"ha", "qt", "pt", "gal", "cal", "cup", "eur"}) | frozenset(
    ("cm", "mm", "km", "kg", "mg", "ms", "ml", "Hz", "Pa")
)
"""Units that count as such behind anything, not only behind a number and a space."""
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
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


_CHINESE = re.compile(
    r"^(?P<core>[-+]?\d[\d,]*(?:\.\d+)?|\\frac\s*\{\d+\}\s*\{\d+\})\s*(?P<scale>[万亿]?)\s*(?:\\text\s*\{\s*)?(?P<unit>[\u4e00-\u9fff]{0,6})\s*\}?$"
)
_CHINESE_UNITS = {
    "米": "m", "千米": "km", "公里": "km", "厘米": "cm", "毫米": "mm", "分米": "dm", "千克": "kg", "公斤": "kg",
    "克": "g", "吨": "t", "毫克": "mg", "小时": "h", "分钟": "min", "秒": "s", "天": "day", "升": "L", "毫升": "mL",
}  # fmt: skip
_NOT_CHINESE_UNITS = re.compile("[或和与百千万亿倍加减乘除以]$|^(?:或|和|与|以|多)")


def _chinese(text: str) -> tuple[str, Unit | None] | None:
    """`12元`, `3.5千米`, `5万人`: a number, a scale and a counting word; None for anything else."""
    match = _CHINESE.match(text)
    if match is None or not (match["scale"] or match["unit"]) or _NOT_CHINESE_UNITS.search(match["unit"]):
        return None
    scale = {"": 1, "万": 10**4, "亿": 10**8}[match["scale"]]
    core = match["core"].replace(",", "")
    known = UNITS.get(_CHINESE_UNITS.get(match["unit"], ""))
    unit = Unit(match["unit"], known.dimension, known.factor) if known else Unit(match["unit"], None)
    return (core if scale == 1 else f"{core}*{scale}"), (unit if match["unit"] else None)


_COMPOUND = re.compile(r"^(?P<a>\d+(?:\.\d+)?)\s*(?P<u>[a-z]+)\s+(?P<b>\d+(?:\.\d+)?)\s*(?P<v>[a-z]+)$", re.IGNORECASE)


def _compound(text: str) -> tuple[str, Unit | None] | None:
    """`1 hour 30 minutes` as one value in the first unit; None for anything else."""
    match = _COMPOUND.match(_words_of(text) if "text" in text else text)
    if match is None:
        return None
    large, small = known_unit(match["u"]), known_unit(match["v"])
    if large is None or small is None or large.dimension != small.dimension or large.factor <= small.factor:
        return None
    ratio = small.factor / large.factor
    return f"{match['a']}+{match['b']}*{ratio.numerator}/{ratio.denominator}", large


def split_unit(text: str) -> tuple[str, Unit | None]:
    """The cleaned value without its unit, and the unit; the text itself and None where there is none."""
    if not text.isascii() and (chinese := _chinese(text)):
        return chinese
    if compound := _compound(text):
        return compound
    if ordinal := _ORDINAL.match(text):
        return ordinal["core"], None
    if scaled := _SCALED.match(text):
        value = Fraction(scaled["core"].replace(",", "")) * _SCALES[scaled["scale"]]
        return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value), None
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


_GENERIC = frozenset((
    "way", "arrangement", "permutation", "combination", "choice", "possibility", "option", "outcome", "case", "person",
    "people", "student", "unit", "square", "sq", "cubic", "item", "object", "thing", "element", "total", "number",
    "solution", "value", "method", "different", "distinct", "time", "piece", "member",
    "worker", "player", "individual", "of", "in", "the",
))  # fmt: skip
"""Words for what is counted that another word may stand for: `12 ways` and `12 arrangements`."""


def are_different_quantities(one: Unit, other: Unit) -> bool:
    """Whether two words that are no units of measure name two things: apples and oranges, not ways and arrangements."""
    if one.dimension is not None or other.dimension is not None or not (one.name + other.name).isascii():
        return False
    words, others = _stems(one.name), _stems(other.name)
    if not words or not others or (words | others) & _GENERIC or words & others:
        return False
    return not any(_abbreviates(a, b) or _abbreviates(b, a) for a in words for b in others)


def _stems(words: str) -> frozenset[str]:
    """The words in the singular."""
    return frozenset(
        re.sub(r"ies$", "y", re.sub(r"(?<=[a-rt-z])s$", "", word)) for word in re.findall("[a-z]+", words.lower())
    )


def _abbreviates(short: str, word: str) -> bool:
    """`pt` and `point`: the same beginning, and its letters stand in the word in that order."""
    rest = iter(word)
    return len(short) < len(word) and short[0] == word[0] and all(letter in rest for letter in short)


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
        r"^(?:(?P<shape>square|sq|cubic|cu)\.?\s+)?(?P<name>[A-Za-z]+)\s*(?:\^?\s*\{?\s*(?P<power>[1-9])\s*\}?)?$",
        words,
    )
    if match is None:
        return None
    unit = UNITS.get(match["name"]) or UNITS.get(match["name"].lower())
    if unit is None and match["name"][0] == "K":
        unit = UNITS.get("k" + match["name"][1:])
    if unit is None or unit.dimension is None:
        return None
    power = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}.get(match["shape"] or "", int(match["power"] or 1))
    return Unit(words, tuple((base, count * power) for base, count in unit.dimension), unit.factor**power)
