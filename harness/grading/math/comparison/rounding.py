"""When a decimal counts as equal to a value it is the rounding of, and the readings of percent.

The rule, which is a policy and stated in docs/grading-math.md: a decimal of at least three significant digits equals an
exact value (or a longer decimal) that rounds, or cuts off, to all its digits; for a whole target nothing rounds. A task
may state a tolerance instead.
"""

from __future__ import annotations

import math
import re

SIGNIFICANT_DIGITS = 3
"""The fewest that a rounded decimal needs: 0.3 is the rounding of every value from 0.25 to 0.35."""
MAX_EXACT_DIGITS, MAX_EXACT_PLACES = 4, 2
"""A decimal target with no more is exact: 12.35 does not round to 12.3, but 2.653 to 2.65."""
_DECIMAL = re.compile(r"^[-+]?\s*(\d*)\.(\d+)\s*%?$")
_WHOLE = re.compile(r"^[-+]?\s*\d+\s*%?$")


def is_rounding_of(decimal: str, value: float) -> bool:
    """Whether the written decimal is `value` rounded (or cut off) at its last digit."""
    places = decimal_places(decimal)
    if places is None or not math.isfinite(value) or abs(value) > 1e15:
        return False
    written = re.sub(r"[\s%]", "", decimal)
    value = value * 100 if decimal.rstrip().endswith("%") else value
    # Significant digits: 0.05 has one, and is within rounding of too many values.
    digits = re.sub(r"\D", "", written).lstrip("0")
    is_carried = places == 0 and abs(value) < 10 ** (SIGNIFICANT_DIGITS - 1)  # 99.5% has two digits before the point
    if len(digits) < SIGNIFICANT_DIGITS or is_carried:
        return False
    step = 10.0**-places
    # The factors 0.5000001 and 0.999999 keep ties of decimals that a float cannot hold, such as 2.675.
    off = abs(float(written) - value)
    is_cut_off = off < 0.999999 * step and abs(float(written)) < abs(value) and len(digits) > SIGNIFICANT_DIGITS
    return off <= 0.5000001 * step or is_cut_off


def decimal_places(text: str) -> int | None:
    """How many digits stand behind the point; 0 for a whole percentage, None for what is no decimal."""
    if match := _DECIMAL.match(text):
        return len(match[2])
    return 0 if _WHOLE.match(text) and text.rstrip().endswith("%") else None


def rounds_to_same(gold: str, gold_value: float, prediction: str, prediction_value: float, *, is_rounded: bool) -> bool:
    """Whether one side is a decimal that rounds the other; a whole-number target is exact and nothing rounds to it.

    `is_rounded`: the question asks for a rounded value. Otherwise a decimal target is exact, and a decimal with more
    digits is another number (12.54 is not 12.5).
    """
    if _WHOLE.match(gold.strip()) and not gold.strip().endswith("%"):
        return False
    places, given = decimal_places(gold), decimal_places(prediction)
    if is_rounded and places and not gold.rstrip().endswith("%"):
        return abs(prediction_value - gold_value) <= 0.5000001 * 10.0**-places or is_rounding_of(prediction, gold_value)
    is_exact = places is not None and not is_rounded
    if is_exact and given is not None and (given > (places or 0) or _is_short(gold)):
        return False
    if is_exact and _significant(gold) <= SIGNIFICANT_DIGITS and not gold.rstrip().endswith("%"):
        return False  # π is not 3.14, where 640/51 may stand for 12.55
    return is_rounding_of(prediction, gold_value) or is_rounding_of(gold, prediction_value)


def _is_short(decimal: str) -> bool:
    return _significant(decimal) <= MAX_EXACT_DIGITS and (decimal_places(decimal) or 0) <= MAX_EXACT_PLACES


def _significant(decimal: str) -> int:
    """How many significant digits are written."""
    return len(re.sub(r"\D", "", decimal).lstrip("0"))
