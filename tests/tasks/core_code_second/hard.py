"""The hard core-code problems solved a second time by other methods (splitting instead of descent, Cramer's rule
instead of elimination, datetime instead of counting days).
"""

from __future__ import annotations

import calendar
import datetime
import re
from fractions import Fraction
from functools import cache
from itertools import combinations, groupby, permutations
from math import prod
from typing import TypeAlias


def upside_down_sum(text: str) -> int | None:
    if re.search(r"[0-9] +[0-9]", text) or re.search(r"[^0-9+*!() -]", text):
        return None
    return _value(text.replace(" ", ""))


def _value(text: str) -> int | None:
    """Split at the loosest operator outside brackets: - at its leftmost place, then *, then +."""
    depths, depth = [], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return None
        depths.append(depth)
    for operator in "-*+":
        for place, character in enumerate(text):
            if character == operator and depths[place] == 0:
                left, right = _value(text[:place]), _value(text[place + 1 :])
                if left is None or right is None:
                    return None
                return {"-": left - right, "*": left * right, "+": left + right}[operator]
    if text.startswith("!"):
        inner = _value(text[1:])
        return None if inner is None else -inner
    if text.startswith("(") and text.endswith(")") and all(depths[:-1]):
        return _value(text[1:-1])
    return int(text) if re.fullmatch("[0-9]+", text) else None


CacheStep: TypeAlias = tuple[int, str, str] | tuple[int, str, str, str]


def run_cache(capacity: int, lifetime: int, steps: list[CacheStep]) -> list[object]:
    births: dict[str, int] = {}
    values: dict[str, str] = {}
    last_use: dict[str, int] = {}
    results: list[object] = []
    for number, step in enumerate(steps):
        time, kind, key = step[0], step[1], step[2]
        for name in [name for name, birth in births.items() if time - birth >= lifetime]:
            del births[name], values[name], last_use[name]
        is_live = key in births
        if kind == "get":
            results.append(values.get(key))
        if kind == "touch":
            results.append(is_live)
        if kind == "put" and capacity:
            if not is_live and len(births) == capacity:
                stale = min(last_use, key=last_use.__getitem__)
                del births[stale], values[stale], last_use[stale]
            values[key] = str(step[-1])
            is_live = True
        if is_live:
            last_use[key] = number
            if kind != "get":
                births[key] = time
    return results


def plan_machine(jobs: list[tuple[str, int, int, int]]) -> list[tuple[str, int]]:
    worked: list[str] = []  # who was worked on in each minute, "" for nobody
    ended: list[tuple[str, int]] = []
    while len(ended) < len(jobs):
        now = len(worked)
        choices = []
        for name, arrival, minutes, priority in jobs:
            done = worked.count(name)
            if arrival <= now and done < minutes:
                choices.append((-priority - (now - arrival - done) // 5, minutes - done, arrival, name))
        worked.append(min(choices)[3] if choices else "")
        if choices and min(choices)[1] == 1:
            ended.append((worked[-1], now + 1))
    return ended


def cheapest_with_voucher(roads: list[tuple[str, str, int]], start: str, goal: str) -> tuple[int, int] | None:
    towns = {start, goal, *(town for road in roads for town in road[:2])}
    best = {(start, 0): (0, 0)}
    for _ in range(2 * len(towns)):
        for one, other, toll in roads:
            for here, there in ((one, other), (other, one)):
                for before, after, pay in ((0, 0, toll), (1, 1, toll), (0, 1, toll - toll // 2)):
                    if (here, before) in best:
                        cents, used = best[here, before]
                        found = (cents + pay, used + 1)
                        best[there, after] = min(best.get((there, after), found), found)
    ends = [best[goal, spent] for spent in (0, 1) if (goal, spent) in best]
    return min(ends) if ends else None


def alignment_cost(left: str, right: str) -> int:
    @cache
    def rest(i: int, j: int) -> int:
        """The cost of aligning what follows; a whole gap is taken at once, of every possible length."""
        if (i, j) == (len(left), len(right)):
            return 0
        costs = [2 + k + rest(i + k, j) for k in range(1, len(left) - i + 1)]
        costs += [2 + k + rest(i, j + k) for k in range(1, len(right) - j + 1)]
        if i < len(left) and j < len(right):
            differs, differs_much = left[i] != right[j], left[i].upper() != right[j].upper()
            costs.append(differs + 2 * differs_much + rest(i + 1, j + 1))
        return min(costs)

    return rest(0, 0)


def paint_strips(length: int, strokes: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Keeps the painted stretches sorted and disjoint, cutting them at every stroke."""
    painted: list[tuple[int, int, str]] = []
    for first, last, colour in strokes:
        low, high = max(0, min(first, last)), min(length - 1, max(first, last))
        if low > high:
            continue
        if colour.endswith("?") and colour != "clear?":
            free, place = [], low
            for begin, end, _ in sorted(painted):
                if end >= low and begin <= high:
                    free.append((place, begin - 1, colour[:-1]))
                    place = end + 1
            free.append((place, high, colour[:-1]))
            painted += [stretch for stretch in free if stretch[0] <= stretch[1]]
        elif colour != "clear?":
            cut = [(begin, min(end, low - 1), shown) for begin, end, shown in painted]
            cut += [(max(begin, high + 1), end, shown) for begin, end, shown in painted]
            painted = [stretch for stretch in cut if stretch[0] <= stretch[1]]
            painted += [(low, high, colour)] * (colour != "clear")
    joined: list[tuple[int, int, str]] = []
    for begin, end, shown in sorted(painted):
        if joined and joined[-1][1] + 1 == begin and joined[-1][2] == shown:
            begin = joined.pop()[0]
        joined.append((begin, end, shown))
    return joined


def parse_outline(text: str) -> list[object] | None:
    """A state machine over tokens: what may come next depends on the token before."""
    token = re.compile(r'(?P<name>"(?:[^"]|"")*"|[^(),"\s]+)|(?P<mark>[(),])|(?P<space> +)')
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = token.match(text, position)
        if match is None or match.lastgroup is None:
            return None
        if tokens and tokens[-1][0] == "name" == match.lastgroup and text[position - 1] != " ":
            return None
        tokens += [(match.lastgroup, match.group())] * (match.lastgroup != "space")
        position = match.end()
    if not tokens:
        return []
    levels: list[list[object]] = [[]]
    before = ","
    for kind, written in [*tokens, ("mark", "end")]:
        now = "name" if kind == "name" else written
        if now not in {",": "name", "name": "(),end", "(": ["name", ")"], ")": "),end"}[before]:
            return None
        if now == "name":
            is_quoted = written.startswith('"')
            levels[-1].append((written[1:-1].replace('""', '"') if is_quoted else written, []))
        elif now == "(":
            last = levels[-1][-1]
            assert isinstance(last, tuple)
            levels.append(last[1])
        elif now == ")":
            levels.pop()
            if not levels:
                return None
        before = now
    return levels[0] if len(levels) == 1 else None


def path_matches(pattern: str, path: str) -> bool:
    @cache
    def ends_well(i: int, j: int) -> bool:
        if i == len(pattern):
            return j == len(path)
        if pattern[i] == "*":
            stars = len(pattern[i:]) - len(pattern[i:].lstrip("*"))
            stretch = path[j:] if stars > 1 else path[j:].split("/")[0]
            return any(ends_well(i + stars, j + taken) for taken in range(len(stretch) + 1))
        is_escaped = pattern[i] == "~" and i + 1 < len(pattern)
        wanted = pattern[i + is_escaped]
        if j == len(path):
            return False
        fits = path[j] != "/" if wanted == "?" and not is_escaped else path[j] == wanted
        return fits and ends_well(i + 1 + is_escaped, j + 1)

    return ends_well(0, 0)


def pack_steps(values: list[int]) -> bytes:
    def group(number: int) -> list[int]:
        length = max(1, -(-number.bit_length() // 7))
        digits = [number // 128**place % 128 for place in range(length - 1, -1, -1)]
        return [digit + 128 for digit in digits[:-1]] + digits[-1:]

    packed: list[int] = []
    differences = [value - (values[i - 1] if i else 0) for i, value in enumerate(values)]
    for difference, run in groupby(differences):
        count = len(list(run))
        if difference == 0 and count > 1:
            packed += [128, *group(count)]
        else:
            packed += group(abs(2 * difference) - (difference < 0)) * count
    return bytes(packed)


def read_frames(data: bytes) -> tuple[list[bytes], int]:
    contents: list[bytes] = []
    taken, position = 0, data.find(b"~")
    while position != -1:
        frame = data[position : position + 3 + int.from_bytes(data[position + 1 : position + 2], "big")]
        is_whole = len(frame) >= 3 and len(frame) == frame[1] + 3
        if not is_whole or (sum(frame[1:-1]) - frame[-1]) % 256:
            position = data.find(b"~", position + 1)
            continue
        if frame[2:-1] == b"\x1bX":
            contents = contents[:-1]
        elif frame[1] == 0 or frame[2] != 27:
            contents.append(frame[2:-1])
        taken += len(frame)
        position = data.find(b"~", position + len(frame))
    return contents, len(data) - taken


def solve_exactly(rows: list[list[int]], right: list[int]) -> list[str] | None:
    """Cramer's rule on any choice of rows with a determinant, then every equation is checked."""
    unknowns = len(rows[0]) if rows else 0
    for chosen in combinations(range(len(rows)), unknowns):
        square = [rows[r] for r in chosen]
        whole = _determinant(square)
        if whole == 0:
            continue
        values = []
        for column in range(unknowns):
            swapped = [[*rows[r][:column], right[r], *rows[r][column + 1 :]] for r in chosen]
            values.append(Fraction(_determinant(swapped), whole))
        fits = all(
            sum(a * x for a, x in zip(row, values, strict=True)) == b for row, b in zip(rows, right, strict=True)
        )
        return [str(value) for value in values] if fits else None
    return None


def _determinant(square: list[list[int]]) -> int:
    """By Leibniz: the signed products over all permutations."""
    total = 0
    for order in permutations(range(len(square))):
        inversions = sum(order[i] > order[j] for i, j in combinations(range(len(order)), 2))
        total += (-1) ** inversions * prod(square[i][column] for i, column in enumerate(order))
    return total


def settle_trip(expenses: list[tuple[str, int, list[str]]]) -> list[tuple[str, str, int]]:
    owed: dict[str, int] = {}
    for payer, cents, sharers in expenses:
        queue = sorted(sharers, key=lambda name: name == payer)
        owed[payer] = owed.get(payer, 0) + cents
        for cent in range(cents):  # every cent goes to the next in turn
            name = queue[cent % len(queue)]
            owed[name] = owed.get(name, 0) - 1
    repayments: list[tuple[str, str, int]] = []
    while True:
        debts = sorted((amount, name) for name, amount in owed.items() if amount < 0)
        claims = sorted((-amount, name) for name, amount in owed.items() if amount > 0)
        if not debts:
            return repayments
        (debt, debtor), (claim, creditor) = debts[0], claims[0]
        paid = -max(debt, claim)
        owed[debtor] += paid
        owed[creditor] -= paid
        repayments.append((debtor, creditor, paid))


def due_dates(year: int, month: int, day: int, count: int) -> list[str]:
    dates = []
    for number in range(month - 1, month - 1 + count):
        due_year, due_month = year + number // 12, number % 12 + 1
        due = datetime.date(due_year, due_month, min(day, calendar.monthrange(due_year, due_month)[1]))
        step = datetime.timedelta(days=1)
        moved = due
        while moved.isoweekday() > 5:
            moved += step
        if moved.month != due.month:
            moved = due
            while moved.isoweekday() > 5:
                moved -= step
        dates.append(moved.isoformat())
    return dates


def league_table(teams: list[str], games: list[tuple[str, int, int, str]]) -> list[tuple[int, str, int]]:
    sides = [(home, a, b, away) for home, a, b, away in games] + [(away, b, a, home) for home, a, b, away in games]

    def points(team: str, rivals: list[str]) -> int:
        mine = [(a, b) for name, a, b, rival in sides if name == team and rival in rivals]
        return sum([0, 1, 3][(a > b) - (a < b) + 1 if a != b else 1] for a, b in mine)

    def shutouts(team: str) -> int:
        return len([1 for name, a, b, _ in sides if name == team and b == 0 and a > 0])

    total = {team: points(team, teams) + min(1, shutouts(team) // 3) for team in teams}
    table: list[tuple[int, str, int]] = []
    for level in sorted(set(total.values()), reverse=True):
        equals = [team for team in teams if total[team] == level]
        merits = {}
        for team in equals:
            scored = sum(a for name, a, _, _ in sides if name == team)
            conceded = sum(b for name, _, b, _ in sides if name == team)
            merits[team] = (points(team, equals), scored - conceded, scored)
        above = len(table)
        for merit in sorted(set(merits.values()), reverse=True):
            place = len(table) + 1
            table += [(place, team, level) for team in sorted(equals) if merits[team] == merit]
        assert len(table) == above + len(equals)
    return table


def apply_edits(text: str, edits: list[tuple[int, int, str]]) -> str | None:
    """Lays everything out in slots: insertions before each character, and who replaces the character."""
    size = len(text)
    insertions = [""] * (size + 1)
    owner: list[int | None] = [None] * size
    places = [(start + size * (start < 0), end + size * (end < 0), new) for start, end, new in edits]
    for number, (start, end, new) in enumerate(places):
        if start < 0 or end < start or end > size:
            return None
        if start == end:
            insertions[start] += new
            continue
        if any(owner[place] is not None for place in range(start, end)):
            return None
        owner[start:end] = [number] * (end - start)
    written = ""
    for place in range(size):
        who = owner[place]
        is_inside = place > 0 and who is not None and owner[place - 1] == who
        if is_inside and any(start == end == place for start, end, _ in places):
            return None
        written += insertions[place]
        if who is None:
            written += text[place]
        elif not is_inside:
            written += places[who][2]
    return written + insertions[size]
