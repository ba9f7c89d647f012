"""Numbers and units in Chinese: `十二`, `三分之一`, `3.5千米`, `5万人`, `24平方米`.

A unit is known where it measures something; a counting word (个, 种, 人) is none.
"""

from __future__ import annotations

import re
from fractions import Fraction

from harness.grading.math.parsing.unit_table import UNITS, Dimension, Unit

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}
_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万亿]{1,16}")
_FRACTION = re.compile("(?P<bottom>[一二两三四五六七八九十百]{1,6})分之(?P<top>[一二两三四五六七八九十百]{1,6})")

_AMOUNT = re.compile(
    r"^(?P<core>[-+]?\d[\d,]*(?:\.\d+)?|\\frac\s*\{\d+\}\s*\{\d+\})\s*(?P<scale>[万亿]?)\s*(?:\\text\s*\{\s*)?"
    r"(?P<unit>[\u4e00-\u9fff/]{0,8})\s*\}?$"
)
_NAMES = {
    "米": "m", "千米": "km", "公里": "km", "厘米": "cm", "毫米": "mm", "分米": "dm", "英里": "mile", "英尺": "ft",
    "英寸": "inch", "千克": "kg", "公斤": "kg", "克": "g", "吨": "t", "毫克": "mg", "小时": "h", "时": "h", "分钟":
    "min", "秒": "s", "秒钟": "s", "天": "day", "日": "day", "周": "week", "星期": "week", "年": "year", "月":
    "month", "个月": "month", "升": "L", "毫升": "mL", "公顷": "ha", "度": "degree", "角分": "arcmin", "角秒":
    "arcsec", "弧度": "rad", "摄氏度": "celsius", "华氏度": "fahrenheit", "元": "yuan", "圆": "yuan", "块钱":
    "yuan", "人民币": "yuan", "美元": "dollar", "美金": "dollar", "美分": "cent", "欧元": "euro", "日元": "yen",
    "英镑": "gbp", "卢布": "rouble", "韩元": "won", "焦": "J", "焦耳": "J", "牛": "N", "牛顿": "N", "瓦": "W", "瓦特":
    "W", "千瓦": "kW", "伏": "V", "伏特": "V", "安培": "A", "帕": "Pa", "帕斯卡": "Pa", "赫兹": "Hz", "欧姆": "ohm",
}  # fmt: skip
_SCALED = {
    "斤": ("kg", Fraction(1, 2)), "两": ("g", Fraction(50)), "亩": ("ha", Fraction(1, 15)), "里": ("m", Fraction(500)),
    "角": ("yuan", Fraction(1, 10)), "毛": ("yuan", Fraction(1, 10)),
}  # fmt: skip
_POWERS = {"平方": 2, "立方": 3}
_COUNTERS = frozenset(
    [
        "个",
        "种",
        "人",
        "只",
        "名",
        "位",
        "件",
        "条",
        "张",
        "次",
        "套",
        "组",
        "道",
        "块",
        "棵",
        "本",
        "支",
        "辆",
        "头",
        "匹",
        "根",
        "颗",
        "间",
        "项",
        "盒",
        "箱",
        "袋",
        "瓶",
        "盘",
        "副",
        "对",
        "双",
        "倍",
        "岁",
    ]
)
"""Counting words and the like: they name no measure, so that one may stand for another."""
_NO_UNIT = re.compile("[或和与百千万亿倍加减乘除以]$|^(?:或|和|与|以|多|的|分之|之|次方)")


def chinese_number(text: str) -> Fraction | int | None:
    """The value of a number in Chinese characters; None for anything else."""
    text = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text).strip()
    if text.startswith("负") and (value := chinese_number(text[1:])) is not None:
        return -value
    if text in ("半", "一半"):
        return Fraction(1, 2)
    whole, _, rest = text.partition("又")
    if rest and (count := _numeral(whole)) is not None and _FRACTION.fullmatch(rest):
        fraction = chinese_number(rest)
        return None if fraction is None else count + fraction
    if match := _FRACTION.fullmatch(text):
        top, bottom = (_numeral(match[name]) for name in ("top", "bottom"))
        return None if top is None or not bottom else Fraction(top, bottom)
    if "比" in text:
        left, _, right = text.partition("比")
        values = _numeral(left), _numeral(right)
        return None if values[0] is None or not values[1] else Fraction(values[0], values[1])
    if "点" in text:
        whole, _, digits = text.partition("点")
        if (value := _numeral(whole)) is None or not digits or any(sign not in _DIGITS for sign in digits):
            return None
        return value + Fraction(int("".join(str(_DIGITS[sign]) for sign in digits)), 10 ** len(digits))
    return _numeral(text[:-1] if len(text) > 1 and is_counter(text[-1]) else text)


def _numeral(text: str) -> int | None:
    """`三百二十一`, `一万零五`, `二〇二四`; None for what is no numeral."""
    if not _NUMERAL.fullmatch(text):
        return None
    if all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _PLACES:
            section += (digit or 1) * _PLACES[sign]
            digit = 0
        else:
            total = (total + section + digit) * _LARGE[sign] if total < _LARGE[sign] else total + section * _LARGE[sign]
            section = digit = 0
    return total + section + digit


def chinese_amount(text: str) -> tuple[str, Unit | None] | None:
    """`12元`, `3.5千米`, `5万人`: a number, a scale and a unit or counting word; None for anything else."""
    match = _AMOUNT.match(text)
    if match is None or not (match["scale"] or match["unit"]) or _NO_UNIT.search(match["unit"]):
        return None
    scale = {"": 1, "万": 10**4, "亿": 10**8}[match["scale"]]
    core = match["core"].replace(",", "")
    return (core if scale == 1 else f"{core}*{scale}"), (chinese_unit(match["unit"]) if match["unit"] else None)


def chinese_unit(name: str) -> Unit:
    """The unit of that name; without a dimension where it measures nothing known."""
    top, _, bottom = name.replace("每", "/").partition("/")
    unit = _simple_unit(top)
    if unit is None or not bottom:
        return Unit(name, unit.dimension, unit.factor) if unit is not None and not bottom else Unit(name, None)
    below = _simple_unit(bottom)
    if below is None or below.dimension is None or unit.dimension is None:
        return Unit(name, None)
    dimension = (*unit.dimension, *((base, -power) for base, power in below.dimension))
    return Unit(name, dimension, unit.factor / below.factor)


def _simple_unit(name: str) -> Unit | None:
    power = next((count for prefix, count in _POWERS.items() if name.startswith(prefix)), 1)
    plain = name[2:] if power > 1 else name
    symbol, factor = _SCALED.get(plain, (_NAMES.get(plain), Fraction(1)))
    unit = UNITS.get(symbol or "")
    if unit is None or unit.dimension is None:
        return None
    dimension: Dimension = tuple((base, count * power) for base, count in unit.dimension)
    return Unit(name, dimension, (unit.factor * factor) ** power)


def is_counter(name: str) -> bool:
    """Whether a Chinese word only counts."""
    return name in _COUNTERS
