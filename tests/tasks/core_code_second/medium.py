"""The medium core-code problems solved a second time, mostly by brute force."""

from __future__ import annotations

import re
from collections import deque
from fractions import Fraction
from itertools import groupby


def round_to_coin(cents: int, coin: int) -> int:
    below = Fraction(cents, coin).__floor__() * coin
    candidates = (below, below + coin)
    return min(candidates, key=lambda amount: (abs(amount - cents), -abs(amount)))


def pack_tape(text: str) -> str:
    packed = ""
    for character, run in groupby(text):
        length = len(list(run))
        for piece in [9] * (length // 9) + [length % 9] * (length % 9 > 0):
            packed += character * piece if piece < 3 and character != "<" else "<" + str(piece) + character
    return packed


def free_slots(busy: list[tuple[int, int]], opens: int, closes: int, least: int) -> list[tuple[int, int]]:
    is_free = [not any(start <= minute < end for start, end in busy) for minute in range(opens, closes)]
    slots, minute = [], opens
    for free, run in groupby(is_free):
        length = len(list(run))
        if free and length >= least:
            slots.append((minute, minute + length))
        minute += length
    return slots


def compare_builds(left: str, right: str) -> int:
    pattern = r"([\d.]+)(?:-(alpha|beta|rc)(\d*))?"
    one, other = re.fullmatch(pattern, left), re.fullmatch(pattern, right)
    assert one is not None
    assert other is not None
    groups = [[int(group) for group in match[1].split(".")] + [0] * 20 for match in (one, other)]
    stages = [{"alpha": "a", "beta": "b", "rc": "c", None: "d"}[match[2]] for match in (one, other)]
    numbers = [int(match[3] or 0) for match in (one, other)]
    for first, second in zip(groups[0][:20], groups[1][:20], strict=True):
        if first != second:
            return -1 if first < second else 1
    if stages[0] != stages[1]:
        return -1 if stages[0] < stages[1] else 1
    return 0 if numbers[0] == numbers[1] else -1 if numbers[0] < numbers[1] else 1


def parse_span(text: str) -> int | None:
    rest, total, last_unit, parts = text, 0, -1, 0
    while rest:
        digits = ""
        while rest and rest[0] in "0123456789":
            digits, rest = digits + rest[0], rest[1:]
        unit = "wdhms".find(rest[:1]) if rest else -1
        if not digits or unit <= last_unit or (parts and int(digits) >= [0, 7, 24, 60, 60][unit]):
            return None
        total += int(digits) * [7 * 24 * 3600, 24 * 3600, 3600, 60, 1][unit]
        rest, last_unit, parts = rest[1:], unit, parts + 1
    return total if parts else None


def share_costs(total: int, weights: list[int]) -> list[int]:
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    shares = [share.__floor__() for share in exact]
    while sum(shares) < total:
        # one who has had the extra cent has a negative loss and so never comes first again
        losses = [(exact[i] - shares[i], weights[i], -i) for i in range(len(weights))]
        shares[-max(losses)[2]] += 1
    return shares


def wrap_label(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        pieces = [word[i : i + width] for i in range(0, len(word), width)]
        joined = f"{lines[-1]} {word}" if lines else ""
        if joined and len(joined) <= width:
            lines[-1] = joined
        else:
            lines.extend(pieces)
    return lines


def turn_border(grid: list[list[int]], steps: int) -> list[list[int]]:
    rows, columns = len(grid), len(grid[0])
    if min(rows, columns) == 1:
        line = deque(value for row in grid for value in row)
        line.rotate(steps)
        return [[line.popleft() for _ in range(columns)] for _ in range(rows)]
    walk, (r, c), (down, right) = [(0, 0)], (0, 1), (0, 1)
    while (r, c) != (0, 0):
        walk.append((r, c))
        if not (0 <= r + down < rows and 0 <= c + right < columns):
            down, right = right, -down
        r, c = r + down, c + right
    values = deque(grid[r][c] for r, c in walk)
    values.rotate(steps)
    placed = dict(zip(walk, values, strict=True))
    return [[placed.get((r, c), grid[r][c]) for c in range(columns)] for r in range(rows)]


def tern_add_days(year: int, month: int, day: int, days: int) -> tuple[int, int, int]:
    for _ in range(days):
        day += 1
        last = 30 if month < 13 else 6 if year % 4 == 0 and year % 100 else 5
        if day > last:
            month, day = month + 1, 1
        if month > 13:
            year, month = year + 1, 1
    return year, month, day


def post_transfers(opening: dict[str, int], transfers: list[tuple[str, str, int]]) -> tuple[dict[str, int], list[int]]:
    booked: list[tuple[str, str, int]] = []

    def balance(name: str) -> int:
        ins = sum(cents for _, payee, cents in booked if payee == name)
        return opening.get(name, 0) + ins - sum(cents for payer, _, cents in booked if payer == name)

    def has_account(name: str) -> bool:
        return name in opening or name in {payee for _, payee, _ in booked}

    refused = []
    for position in range(len(transfers)):
        payer, payee, cents = transfers[position]
        if payer != payee and cents >= 1 and has_account(payer) and balance(payer) >= cents:
            booked.append((payer, payee, cents))
        else:
            refused.append(position)
    return {name: balance(name) for name in {*opening, *(payee for _, payee, _ in booked)}}, refused


def split_bits(value: int, widths: list[int]) -> list[int] | None:
    bits = bin(value)[2:] if value else ""
    if len(bits) > sum(widths):
        return None
    bits = bits.zfill(sum(widths))
    fields = []
    for width in widths:
        fields.append(int("0" + bits[:width], 2))
        bits = bits[width:]
    return fields


def press_lamps(lamps: str, presses: list[int]) -> str:
    count = len(lamps)
    state = int(lamps.replace("#", "1").replace(".", "0")[::-1], 2)  # bit i is lamp i
    for press in presses:
        state ^= (1 << press) | (1 << (press + 1) % count) | (1 << (press + count - 1) % count)
        if state == 2**count - 1:
            state = 0
    return "".join(".#"[state >> position & 1] for position in range(count))


def rank_runners(times: list[float | None]) -> list[int | None]:
    finished = sorted(time for time in times if time is not None)
    if len(finished) == 0:
        return [1] * len(times)
    return [finished.index(time) + 1 if time is not None else None for time in times]


def read_settings(text: str) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    last: list[str] = []
    name = ""
    for raw in re.split("\n", text):
        line = raw.strip()
        if re.fullmatch(r"(;.*)?", line, re.S):
            continue
        if match := re.fullmatch(r"\[(.*)\]", line, re.S):
            name = match[1].strip()
            current, last = sections.setdefault(name, {}), []
        elif match := re.fullmatch(r"([^=]*)=(.*)", line, re.S):
            current = sections.setdefault(name, {})
            last = [match[1].strip()]
            current[last[0]] = match[2].strip()
        elif last and current is not None:
            current[last[0]] = f"{current[last[0]]} {line}"
    return sections


def fewest_hops(links: list[tuple[str, str]], start: str, goal: str, closed: set[str]) -> int | None:
    towns = {start, goal, *(town for link in links for town in link)}
    hops = {town: 0 if town == start else None for town in towns}
    for _ in towns:
        for one, other in links:
            here = hops[one]
            if here is None or (one in closed and one != start):
                continue
            there = hops[other]
            hops[other] = here + 1 if there is None else min(there, here + 1)
    return hops[goal]


def lift_stops(floor: int, going_up: bool, calls: list[int]) -> list[int]:
    sign = 1 if going_up else -1
    distances = sorted({(call - floor) * sign for call in calls}, key=lambda distance: (distance < 0, abs(distance)))
    rests = distances[:1] == [0] and len(distances) > 1 and distances[1] < 0 and (0 - floor) * sign > 0
    stops = [floor + distance * sign for distance in distances]
    return [*stops[:1], 0, *stops[1:]] if rests else stops
