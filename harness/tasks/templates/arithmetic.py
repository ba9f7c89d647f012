"""Easy templates: sums, fractions, percentages, ratios, averages, clocks, simple equations.

Answers are whole numbers or fractions.
"""

from __future__ import annotations

from fractions import Fraction

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, polynomial, written


def _change(draw: RandomDraws) -> GeneratedProblem | None:
    p, q = draw.distinct(2, 35, 480)
    a, b = draw.between(2, 9), draw.between(2, 9)
    total = a * p + b * q
    paid = -(-total // 100) + draw.between(0, 4)
    if paid * 100 == total:
        return None
    return GeneratedProblem(
        en=f"A shop sells notebooks at {p} cents each and pens at {q} cents each. A customer buys {a} notebooks and "
        f"{b} pens and pays with {paid} dollars. How many cents of change does the customer get?",
        zh=f"一家商店的笔记本每本 {p} 分，钢笔每支 {q} 分。一位顾客买了 {a} 本笔记本和 {b} 支钢笔，付了 {paid} 元。"
        "应找回多少分？（一元等于一百分）",
        answer=str(paid * 100 - total),
        given={"p": p, "q": q, "a": a, "b": b, "paid": paid},
    )


def _two_percentages(draw: RandomDraws) -> GeneratedProblem | None:
    price, up, down = 20 * draw.between(5, 120), 5 * draw.between(1, 12), 5 * draw.between(1, 10)
    scaled = price * (100 + up) * (100 - down)
    if scaled % 10_000 or up == down:
        return None
    return GeneratedProblem(
        en=f"A coat costs {price} dollars. Its price is raised by {up}%, and the new price is then cut by {down}%. "
        "What does the coat cost now, in dollars?",
        zh=f"一件大衣的价格是 {price} 元，先提价 {up}%，再在新价格的基础上降价 {down}%。现在这件大衣的价格是多少元？",
        answer=str(scaled // 10_000),
        given={"price": price, "up": up, "down": down},
    )


def _linear_equation(draw: RandomDraws) -> GeneratedProblem | None:
    a, c = draw.distinct(2, 2, 15)
    b, d = draw.nonzero(30), draw.nonzero(30)
    if b == d:
        return None
    left, right = polynomial([a, b]), polynomial([c, d])
    return GeneratedProblem(
        en=f"Solve for $x$: ${left} = {right}$.",
        zh=f"解关于 $x$ 的方程：${left} = {right}$。",
        answer=written(Fraction(d - b, a - c)),
        given={"a": a, "b": b, "c": c, "d": d},
    )


def _three_fractions(draw: RandomDraws) -> GeneratedProblem | None:
    under = draw.distinct(3, 3, 16)
    over = tuple(draw.between(1, bottom - 1) for bottom in under)
    parts = [Fraction(top, bottom) for top, bottom in zip(over, under, strict=True)]
    if any(part.denominator != bottom for part, bottom in zip(parts, under, strict=True)):
        return None
    total = parts[0] - parts[1] + parts[2]
    if total == 0:
        return None
    first, second, third = (f"\\frac{{{top}}}{{{bottom}}}" for top, bottom in zip(over, under, strict=True))
    formula = f"{first} - {second} + {third}"
    return GeneratedProblem(
        en=f"Compute ${formula}$ as a fraction in lowest terms.",
        zh=f"计算 ${formula}$，结果用最简分数表示。",
        answer=written(total),
        given={"over": over, "under": under},
    )


def _minutes(draw: RandomDraws) -> GeneratedProblem | None:
    h, m, g, n = draw.between(0, 23), draw.between(0, 59), draw.between(0, 23), draw.between(0, 59)
    days = draw.between(2, 6)
    start, end = f"{h:02d}:{m:02d}", f"{g:02d}:{n:02d}"
    return GeneratedProblem(
        en=f"How many minutes pass from {start} on one day until {end} exactly {days} days later?",
        zh=f"从某一天的 {start} 到整整 {days} 天后的 {end}，一共经过多少分钟？",
        answer=str(days * 24 * 60 + (g - h) * 60 + n - m),
        given={"h": h, "m": m, "g": g, "n": n, "days": days},
    )


def _path_around(draw: RandomDraws) -> GeneratedProblem | None:
    a, b = draw.distinct(2, 8, 60)
    w = draw.between(2, 7)
    return GeneratedProblem(
        en=f"A rectangular garden is {a} metres long and {b} metres wide. A path {w} metres wide runs all around it on "
        "the outside, with square corners. What is the area of the path in square metres?",
        zh=f"一个长方形花园长 {a} 米、宽 {b} 米，花园外侧四周有一条宽 {w} 米的小路，小路外沿也是长方形。"
        "小路的面积是多少平方米？",
        answer=str(2 * w * (a + b) + 4 * w * w),
        given={"a": a, "b": b, "w": w},
    )


def _shares(draw: RandomDraws) -> GeneratedProblem | None:
    ratio = draw.distinct(3, 2, 13)
    unit = draw.between(7, 60)
    total = sum(ratio) * unit
    shown = " : ".join(map(str, ratio))
    return GeneratedProblem(
        en=f"{total} dollars are divided among three people in the ratio {shown}. "
        "By how many dollars does the largest share exceed the smallest?",
        zh=f"把 {total} 元按 {shown} 的比例分给三个人，最多的一份比最少的一份多多少元？",
        answer=str((max(ratio) - min(ratio)) * unit),
        given={"ratio": ratio, "total": total},
    )


def _added_number(draw: RandomDraws) -> GeneratedProblem | None:
    n, before, after = draw.between(4, 15), draw.between(20, 90), draw.between(20, 90)
    if before == after:
        return None
    return GeneratedProblem(
        en=f"The average of {n} numbers is {before}. When one more number is added, the average becomes {after}. "
        "What is the added number?",
        zh=f"{n} 个数的平均数是 {before}，再加上一个数后，平均数变为 {after}。加上的这个数是多少？",
        answer=str(after * (n + 1) - before * n),
        given={"n": n, "before": before, "after": after},
    )


def _arithmetic_sum(draw: RandomDraws) -> GeneratedProblem | None:
    first, step, n = draw.nonzero(25), draw.nonzero(12), draw.between(12, 60)
    shown = ", ".join(str(first + k * step) for k in range(3))
    return GeneratedProblem(
        en=f"An arithmetic sequence begins ${shown}, \\ldots$ What is the sum of its first {n} terms?",
        zh=f"一个等差数列的前几项为 ${shown}, \\ldots$，它的前 {n} 项之和是多少？",
        answer=str(n * first + step * n * (n - 1) // 2),
        given={"first": first, "step": step, "n": n},
    )


def _multiples(draw: RandomDraws) -> GeneratedProblem | None:
    low, k = draw.between(50, 900), draw.between(6, 29)
    high = low + draw.between(300, 5000)
    return GeneratedProblem(
        en=f"How many whole numbers from {low} to {high}, both included, are divisible by {k}?",
        zh=f"从 {low} 到 {high}（包括两端）的整数中，有多少个能被 {k} 整除？",
        answer=str(high // k - (low - 1) // k),
        given={"low": low, "high": high, "k": k},
    )


def _average_speed(draw: RandomDraws) -> GeneratedProblem | None:
    u, v = draw.distinct(2, 25, 120)
    return GeneratedProblem(
        en=f"A car drives to a town at a constant {u} km/h and returns on the same road at a constant {v} km/h. "
        "What is its average speed over the whole trip in km/h, as an exact number?",
        zh=f"一辆汽车以每小时 {u} 千米的速度匀速开往某镇，再以每小时 {v} 千米的速度沿原路匀速返回。"
        "全程的平均速度是每小时多少千米？请给出精确值。",
        answer=written(Fraction(2 * u * v, u + v)),
        given={"u": u, "v": v},
    )


def _brackets(draw: RandomDraws) -> GeneratedProblem | None:
    a, b, c, d, e = (draw.between(low, high) for low, high in ((20, 99), (3, 15), (2, 40), (3, 12), (2, 60)))
    formula = f"{a} - {b} \\cdot ({c} - {d}^2) + {e}"
    return GeneratedProblem(
        en=f"Compute ${formula}$.",
        zh=f"计算 ${formula}$。",
        answer=str(a - b * (c - d * d) + e),
        given={"a": a, "b": b, "c": c, "d": d, "e": e},
    )


TEMPLATES = (
    Template(name="change", tier="easy", topic="arithmetic", draw=_change),
    Template(name="two-percentages", tier="easy", topic="arithmetic", draw=_two_percentages),
    Template(name="linear-equation", tier="easy", topic="algebra", draw=_linear_equation),
    Template(name="three-fractions", tier="easy", topic="arithmetic", draw=_three_fractions),
    Template(name="minutes", tier="easy", topic="arithmetic", draw=_minutes),
    Template(name="path-around", tier="easy", topic="geometry", draw=_path_around),
    Template(name="shares", tier="easy", topic="arithmetic", draw=_shares),
    Template(name="added-number", tier="easy", topic="arithmetic", draw=_added_number),
    Template(name="arithmetic-sum", tier="easy", topic="sequences", draw=_arithmetic_sum),
    Template(name="multiples", tier="easy", topic="number theory", draw=_multiples),
    Template(name="average-speed", tier="easy", topic="arithmetic", draw=_average_speed),
    Template(name="brackets", tier="easy", topic="arithmetic", draw=_brackets),
)
