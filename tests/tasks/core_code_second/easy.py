"""The easy core-code problems solved a second time, without the references' arithmetic."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter


def larger_distance(a: int, b: int) -> int:
    return sorted([a, -a, b, -b])[-1]


def total_seconds(minutes: int, seconds: int) -> int:
    return sum([60] * minutes) + seconds


def count_above(values: list[int], limit: int) -> int:
    return len(values) - len([value for value in values if value <= limit])


def seats_left(capacity: int, booked: int) -> int:
    return len(range(booked, capacity))


def shout(text: str) -> str:
    return "".join([*(character.upper() for character in text), "!"])


def fits_in_frame(width: int, height: int, side: int) -> bool:
    return not max(width, height) > side


def mean_or_none(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if len(values) > 0 else None


def ends_of(items: list[object]) -> list[object]:
    return items[:1] + items[-1:]


def price_label(cents: int) -> str:
    digits = str(abs(cents)).rjust(3, "0")
    return ("-" if str(cents).startswith("-") else "") + "$" + digits[:-2] + "." + digits[-2:]


def clock_label(minutes: int) -> str:
    hours = 0
    while minutes >= 60:
        minutes -= 60
        hours += 1
    return {(False, True): f"{minutes}m", (False, False): "0m", (True, False): f"{hours}h"}.get(
        (hours > 0, minutes > 0), f"{hours}h " + str(100 + minutes)[1:] + "m"
    )


def swap_halves(text: str) -> str:
    first, middle, second = text[: len(text) // 2], text[len(text) // 2 : (len(text) + 1) // 2], ""
    for character in reversed(text):
        if len(second) == len(first):
            break
        second = character + second
    return second + middle + first


def merge_stock(shelf: dict[str, int], delivery: dict[str, int]) -> dict[str, int]:
    total = Counter(shelf)
    total.update(delivery)
    return {name: total[name] for name in sorted(total) if total[name]}


def running_low(readings: list[int]) -> list[int]:
    return list(itertools.accumulate(readings, min))


def code_lines(lines: list[str]) -> list[str]:
    return [re.sub(r"\s+\Z", "", line) for line in lines if re.match(r"\s*[^\s#]", line)]


def longest_name(names: list[str]) -> str:
    return max(names, key=lambda name: len(list(filter(str.isalnum, name))), default="")


def ticket_code(number: int, width: int) -> str:
    odd_digits = sum(str(number).count(digit) for digit in "13579")
    return f"T-{number:0{width}d}" + "*" * (odd_digits % 2) if width else f"T-{number}" + "*" * (odd_digits % 2)
