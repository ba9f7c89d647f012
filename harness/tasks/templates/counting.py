"""Counting and probability templates, medium and hard: committees, dice, urns, paths, words, ruin, bounded sums.

Answers are whole numbers or fractions.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, gcd

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, written


def _committee(draw: RandomDraws) -> GeneratedProblem | None:
    women, men, size = draw.between(5, 11), draw.between(5, 11), draw.between(4, 7)
    least = draw.between(2, size - 1)
    if size > women or women == men:
        return None
    count = sum(comb(women, k) * comb(men, size - k) for k in range(least, size + 1))
    return GeneratedProblem(
        en=f"A club has {women} women and {men} men. In how many ways can a committee of {size} people with "
        f"at least {least} women be chosen?",
        zh=f"某俱乐部有 {women} 名女士和 {men} 名男士。要选出一个 {size} 人的委员会，其中女士不少于 {least} 人，"
        "共有多少种选法？",
        answer=str(count),
        given={"women": women, "men": men, "size": size, "least": least},
    )


def _two_dice(draw: RandomDraws) -> GeneratedProblem | None:
    a, b = draw.distinct(2, 6, 20)
    most = draw.between(6, a + b - 4)
    count = sum(min(b, most - first) for first in range(1, min(a, most - 1) + 1))
    if 2 * count == a * b:
        return None
    return GeneratedProblem(
        en=f"A fair die with faces numbered from 1 to {a} and a fair die with faces numbered from 1 to {b} are thrown. "
        f"What is the probability that the sum is at most {most}?",
        zh=f"同时掷一个各面标有 1 到 {a} 的均匀骰子和一个各面标有 1 到 {b} 的均匀骰子，"
        f"点数之和不超过 {most} 的概率是多少？",
        answer=written(Fraction(count, a * b)),
        given={"a": a, "b": b, "most": most},
    )


def _urn(draw: RandomDraws) -> GeneratedProblem | None:
    red, blue = draw.distinct(2, 4, 14)
    drawn = draw.between(3, 5)
    wanted = draw.between(1, drawn - 1)
    if wanted > red or drawn - wanted > blue:
        return None
    return GeneratedProblem(
        en=f"An urn holds {red} red and {blue} blue balls. {drawn} balls are drawn at once, at random. "
        f"What is the probability that exactly {wanted} of them {'is' if wanted == 1 else 'are'} red?",
        zh=f"袋中有 {red} 个红球和 {blue} 个蓝球，从中随机一次取出 {drawn} 个球，恰好有 {wanted} 个红球的概率是多少？",
        answer=written(Fraction(comb(red, wanted) * comb(blue, drawn - wanted), comb(red + blue, drawn))),
        given={"red": red, "blue": blue, "drawn": drawn, "wanted": wanted},
    )


def _paths(draw: RandomDraws) -> GeneratedProblem | None:
    m, n = draw.distinct(2, 6, 12)
    (a, b), (c, d) = ((draw.between(1, m - 1), draw.between(1, n - 1)) for _ in range(2))
    if (a, b) == (c, d):
        return None

    def between(x: int, y: int, u: int, v: int) -> int:
        return comb(u - x + v - y, u - x) if u >= x and v >= y else 0

    through_both = between(0, 0, a, b) * between(a, b, c, d) * between(c, d, m, n)
    through_both += between(0, 0, c, d) * between(c, d, a, b) * between(a, b, m, n)
    through_first, through_second = (between(0, 0, x, y) * between(x, y, m, n) for x, y in ((a, b), (c, d)))
    count = between(0, 0, m, n) - through_first - through_second + through_both
    return GeneratedProblem(
        en=f"A path goes from $(0, 0)$ to $({m}, {n})$ in steps of length 1, each to the right or up. How many such "
        f"paths pass through neither $({a}, {b})$ nor $({c}, {d})$?",
        zh=f"从 $(0, 0)$ 走到 $({m}, {n})$，每步长度为 1，只能向右或向上。既不经过 $({a}, {b})$ "
        f"也不经过 $({c}, {d})$ 的路径有多少条？",
        answer=str(count),
        given={"m": m, "n": n, "a": a, "b": b, "c": c, "d": d},
    )


def _words(draw: RandomDraws) -> GeneratedProblem | None:
    n, k, most = draw.between(6, 16), draw.between(2, 9), draw.between(2, 5)
    counts = [1]  # words of each length: the last run has 1..most letters; before it stands a word ending otherwise
    for length in range(1, n + 1):
        total = sum(counts[length - run] * (k if run == length else k - 1) for run in range(1, min(most, length) + 1))
        counts.append(total)
    return GeneratedProblem(
        en=f"How many words of {n} letters over an alphabet of {k} letters "
        f"have no letter more than {most} times in a row?",
        zh=f"用 {k} 种不同的字母组成长度为 {n} 的字母串，同一字母连续出现的次数都不超过 {most} 的字母串有多少个？",
        answer=str(counts[n]),
        given={"n": n, "k": k, "most": most},
    )


def _ruin(draw: RandomDraws) -> GeneratedProblem | None:
    out_of = draw.between(3, 9)
    wins = draw.between(1, out_of - 1)
    if gcd(wins, out_of) > 1 or 2 * wins == out_of:
        return None
    goal = draw.between(4, 8)
    start = draw.between(1, goal - 1)
    ratio = Fraction(out_of - wins, wins)
    chance = f"\\frac{{{wins}}}{{{out_of}}}"
    return GeneratedProblem(
        en=f"A player has {start} coins and plays rounds, each of which wins one coin with probability ${chance}$ and "
        f"loses one coin otherwise. The player stops with {goal} coins or with none. "
        f"What is the probability of stopping with {goal} coins?",
        zh=f"某玩家有 {start} 枚硬币，每一局以概率 ${chance}$ 赢得一枚硬币，否则输掉一枚硬币。"
        f"当玩家有 {goal} 枚硬币或一枚也没有时停止。求停止时有 {goal} 枚硬币的概率。",
        answer=written((1 - ratio**start) / (1 - ratio**goal)),
        given={"wins": wins, "out_of": out_of, "goal": goal, "start": start},
    )


def _bounded_sum(draw: RandomDraws) -> GeneratedProblem | None:
    parts, most = draw.between(3, 5), draw.between(5, 12)
    total = draw.between(most + 2, parts * most - most // 2)
    count = sum(
        (-1) ** over * comb(parts, over) * comb(total - over * (most + 1) + parts - 1, parts - 1)
        for over in range(total // (most + 1) + 1)
        if over <= parts
    )
    names = " + ".join(f"x_{index}" for index in range(1, parts + 1))
    last = f"x_{parts}"
    return GeneratedProblem(
        en=f"How many solutions has ${names} = {total}$ in whole numbers "
        f"with $0 \\le x_1, \\ldots, {last} \\le {most}$?",
        zh=f"方程 ${names} = {total}$ 满足 $0 \\le x_1, \\ldots, {last} \\le {most}$ 的整数解有多少组？",
        answer=str(count),
        given={"parts": parts, "most": most, "total": total},
    )


TEMPLATES = (
    Template(name="committee", tier="medium", topic="counting", draw=_committee),
    Template(name="two-dice", tier="medium", topic="probability", draw=_two_dice),
    Template(name="urn", tier="medium", topic="probability", draw=_urn),
    Template(name="paths", tier="hard", topic="counting", draw=_paths),
    Template(name="words", tier="hard", topic="counting", draw=_words),
    Template(name="ruin", tier="hard", topic="probability", draw=_ruin),
    Template(name="bounded-sum", tier="hard", topic="counting", draw=_bounded_sum),
)
