"""Random pairs whose truth is known by construction: neighbours that differ, and rewritings of one answer.

A neighbour is made by one change that surely makes another answer: a shifted floor, a sign, an open end, a unit, an
order, a factor, a value off by one at a perfect power. Everything comes from a seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction

Pair = tuple[str, str]
Maker = Callable[[random.Random], Pair]


def _frac(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _fraction(rng: random.Random) -> Fraction:
    return Fraction(rng.randint(-40, 40) or 7, rng.randint(2, 30))


def _coprime(rng: random.Random, low: int = 2, high: int = 12) -> tuple[int, int]:
    """A factor and a divisor without a common divisor."""
    bottom = rng.randint(low, high)
    top = rng.choice([k for k in range(1, 2 * bottom + 2) if math.gcd(k, bottom) == 1])
    return top, bottom


def _squarefree(rng: random.Random) -> int:
    return rng.choice((2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 19, 21, 22, 23))


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else str(value) if value < 0 else ""


# Neighbours


def _digit(rng: random.Random) -> Pair:
    value = rng.randint(10, 10**6)
    text = str(value)
    at = rng.randrange(len(text))
    other = text[:at] + rng.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]
    return text, other


def _other_fraction(rng: random.Random) -> Pair:
    value = _fraction(rng)
    change = rng.choice((value + Fraction(1, value.denominator), -value, value * 2, value + 1, value / 2))
    return _frac(value), _frac(change)


def _upside_down(rng: random.Random) -> Pair:
    top, bottom = _coprime(rng)
    top = top if top != bottom else top + 1
    return rf"\frac{{{top}}}{{{bottom}}}", rf"\frac{{{bottom}}}{{{top}}}" if top != 1 else str(bottom)


def _decimal_neighbour(rng: random.Random) -> Pair:
    whole, digits = rng.randint(0, 99), rng.randint(1, 3)
    value = Fraction(rng.randint(1, 10**digits - 1), 10**digits) + whole
    step = Fraction(rng.choice((-1, 1)), 10 ** (digits + rng.randint(0, 2)))
    return f"{float(value):.{digits}f}", f"{float(value + step):.{digits + 2}f}"


def _floor_shifted(rng: random.Random) -> Pair:
    top, bottom = _coprime(rng)
    shift, name = rng.randint(-5, 5), rng.choice("nmk")
    inner = f"{top if top > 1 else ''}{name}"
    one = rf"\left\lfloor \frac{{{inner}{_signed(shift)}}}{{{bottom}}}\right\rfloor"
    other = rf"\left\lfloor \frac{{{inner}{_signed(shift + 1)}}}{{{bottom}}}\right\rfloor"
    return one, other


def _floor_and_ceiling(rng: random.Random) -> Pair:
    top, bottom = _coprime(rng)
    name, extra = rng.choice("nm"), _signed(rng.randint(-3, 3))
    inner = rf"\frac{{{top if top > 1 else ''}{name}}}{{{bottom}}}"
    # ceil = floor + 1 but at multiples of the divisor
    return rf"\lceil {inner}\rceil{extra}", rf"\lfloor {inner}\rfloor+1{extra}"


def _large_divisor(rng: random.Random) -> Pair:
    divisor = rng.choice((50, 99, 100, 144, 365, 1000, 2024, 2025, 4096))
    plain = rng.choice(("n", "2^n", "n^2", "3n+1"))
    return rf"{plain}+\lfloor \frac{{n}}{{{divisor}}}\rfloor", rng.choice(
        (
            plain,
            rf"{plain}+\lfloor \frac{{n}}{{{divisor + 1}}}\rfloor",
            rf"{plain}+\lfloor \frac{{n+1}}{{{divisor}}}\rfloor",
        )
    )


def _at_perfect_powers(rng: random.Random) -> Pair:
    base, extra = rng.choice((2, 3, 5, 10)), _signed(rng.randint(-3, 3))
    one, other = rng.choice(
        (
            (rf"\lfloor \log_{{{base}}} n\rfloor+1", rf"\lceil \log_{{{base}}} n\rceil"),
            (r"\lfloor \sqrt{n}\rfloor+1", r"\lceil \sqrt{n}\rceil"),
            (r"\lfloor \sqrt{n}\rfloor", r"\lceil \sqrt{n}\rceil-1"),
            (r"\lfloor \sqrt[3]{n}\rfloor", r"\lceil \sqrt[3]{n}\rceil-1"),
            (r"\lfloor \sqrt{n-1}\rfloor", r"\lfloor \sqrt{n}\rfloor"),
        )
    )
    return one + extra, other + extra


def _far_away(rng: random.Random) -> Pair:
    at = rng.choice((100, 128, 365, 500, 1000, 1024, 2025, 5000, 10**4))
    return rng.choice(
        (
            (rf"\min(n,{at})", "n"),
            (rf"\max(n,{at})", str(at)),
            (f"|x-{at}|", f"{at}-x"),
            (f"|x+{at}|", f"x+{at}"),
            (f"|x-{at}|+|x-{at + 1}|", f"{2 * at + 1}-2x"),
            (rf"\sqrt{{(x-{at})^2}}", f"{at}-x"),
            (rf"\frac{{|x-{at}|}}{{x-{at}}}", "-1"),
            (rf"n \bmod {at}", "n"),
            (rf"\gcd(n,{at})", r"1"),
        )
    )


def _tiny_term(rng: random.Random) -> Pair:
    root, base, power = _squarefree(rng), rng.choice((2, 3, 4, 7, 10)), rng.randint(40, 3000)
    value = rng.choice((rf"\sqrt{{{root}}}", rf"\frac{{{root}\pi}}{{3}}", rf"\frac{{\sqrt{{{root}}}}}{{2}}"))
    other = rng.choice(
        (
            rf"{value}\left(1-\frac{{1}}{{{base}^{{{power}}}}}\right)",
            rf"{value}-\frac{{1}}{{{base}^{{{power}}}}}",
            rf"{value}+{base}^{{-{power}}}",
        )
    )
    return value, other


def _conjugate_powers(rng: random.Random) -> Pair:
    a, power = rng.randint(2, 9), rng.randint(10, 900)
    root = a * a - 1
    one = rf"({a}+\sqrt{{{root}}})^{{{power}}}"
    other = rf"({a}-\sqrt{{{root}}})^{{{power}}}"
    return f"{one}+{other}", rng.choice((one, f"{one}-{other}"))


def _other_unit(rng: random.Random) -> Pair:
    value = rng.randint(1, 500)
    units = rng.choice(
        (
            ("m", "cm"), ("kg", "g"), ("km", "m"), ("cm", "mm"), ("L", "mL"), ("kW", "W"), ("hours", "minutes"),
            ("days", "years"), ("miles", "kilometers"), ("dollars", "euros"), ("meters", "square meters"), ("kg", "m"),
            ("degrees", "radians"), ("square units", "cubic units"), ("pounds", "kilograms"), ("km/h", "m/s"),
        )
    )  # fmt: skip
    one, other = rng.sample(units, 2)
    return rf"{value} \text{{ {one}}}", rf"{value} \text{{ {other}}}"


def _other_chinese_unit(rng: random.Random) -> Pair:
    units = rng.choice(
        (("米", "厘米"), ("平方米", "立方米"), ("天", "年"), ("元", "美元"), ("千克", "克"), ("小时", "分钟"))
    )
    value = rng.randint(1, 90)
    return f"{value}{units[0]}", f"{value}{units[1]}"


def _currency(rng: random.Random) -> Pair:
    one, other = rng.sample((r"\$", "€", "£", "¥", "₹"), 2)
    value = rng.randint(1, 999)
    return f"{one}{value}", f"{other}{value}"


def _degree_inside(rng: random.Random) -> Pair:
    name, angle = rng.choice(("sin", "cos", "tan")), rng.randint(1, 89)
    return rf"\{name} {angle}^\circ", rf"\{name} {angle}"


def _other_end(rng: random.Random) -> Pair:
    low = rng.randint(-20, 10)
    high = low + rng.randint(1, 30)
    ends = [rng.choice("(["), rng.choice(")]")]
    turned = list(ends)
    at = rng.randrange(2)
    turned[at] = {"(": "[", "[": "(", ")": "]", "]": ")"}[ends[at]]
    return f"{ends[0]}{low},{high}{ends[1]}", f"{turned[0]}{low},{high}{turned[1]}"


def _other_inequality(rng: random.Random) -> Pair:
    value = rng.randint(-30, 30)
    one, other = rng.sample(("<", ">", r"\le ", r"\ge "), 2)
    return f"x{one}{value}", f"x{other}{value}"


def _other_order(rng: random.Random) -> Pair:
    a, b = rng.sample(range(-30, 30), 2)
    return f"({a},{b})", f"({b},{a})"


def _other_item(rng: random.Random) -> Pair:
    items = rng.sample(range(-50, 50), rng.randint(2, 5))
    other = list(items)
    change = rng.randrange(3)
    if change == 0:
        other.pop()
    elif change == 1:
        other.append(60)
    else:
        other[0] = 61
    return ", ".join(map(str, items)), ", ".join(map(str, other))


def _other_sign(rng: random.Random) -> Pair:
    a, b, c = (rng.randint(1, 12) for _ in range(3))
    root = _squarefree(rng)
    return rng.choice(
        (
            (rf"{a}+{b}\sqrt{{{root}}}", rf"{a}-{b}\sqrt{{{root}}}"),
            (f"{a}x^2+{b}x+{c}", f"{a}x^2-{b}x+{c}"),
            (f"{a}+{b}i", f"{a}-{b}i"),
            (rf"\frac{{{a}-\sqrt{{{root}}}}}{{{b}}}", rf"\frac{{{a}+\sqrt{{{root}}}}}{{{b}}}"),
            (rf"2^{{n+{a}}}-{b}", rf"2^{{n-{a}}}-{b}"),
        )
    )


def _other_factor(rng: random.Random) -> Pair:
    a, b = rng.randint(2, 12), rng.randint(2, 12)
    root = _squarefree(rng)
    return rng.choice(
        (
            (rf"{a}\sqrt{{{root}}}", rf"{a + 1}\sqrt{{{root}}}"),
            (rf"{a}\pi", rf"{a * 2}\pi"),
            (rf"\binom{{{a + 30}}}{{{b}}}", rf"\binom{{{a + 30}}}{{{b + 1}}}"),
            (f"{a + 3}!", f"{a + 4}!"),
            (rf"\frac{{{a}^{{{b}}}-1}}{{{a}}}", rf"\frac{{{a}^{{{b}}}}}{{{a}}}"),
            ("n!", rf"\frac{{(n+1)!}}{{{a}}}"),
            (rf"\log_{{{a}}} x", rf"\log_{{{a + 1}}} x"),
            (rf"e^{{{a}x}}", rf"e^{{{a + 1}x}}"),
            (f"(x+{a})^{{{b}}}", f"(x+{a})^{{{b + 1}}}"),
        )
    )


def _other_class(rng: random.Random) -> Pair:
    modulus = rng.randint(3, 20)
    a = rng.randrange(modulus)
    return rf"x \equiv {a} \pmod{{{modulus}}}", rf"x \equiv {(a + 1) % modulus} \pmod{{{modulus}}}"


def _matrices(rng: random.Random) -> Pair:
    a, b, c, d = rng.sample(range(-9, 10), 4)
    one = rf"\begin{{pmatrix}}{a}&{b}\\{c}&{d}\end{{pmatrix}}"
    return one, rf"\begin{{pmatrix}}{a}&{c}\\{b}&{d}\end{{pmatrix}}"


def _letters(rng: random.Random) -> Pair:
    one = rng.sample("ABCDEFGH", rng.randint(2, 5))
    other = one[1:] + one[:1]
    return "".join(one), "".join(other)


def _time_of_day(rng: random.Random) -> Pair:
    hour, minute = rng.randint(1, 11), rng.randint(10, 49)
    other = rng.choice((f"{hour}:{minute + 1} am", f"{hour}:{minute} pm", f"{hour + 1}:{minute} am"))
    return f"{hour}:{minute} am", other


NEIGHBOURS: dict[str, Maker] = {
    "digit": _digit,
    "fraction": _other_fraction,
    "upside down": _upside_down,
    "decimal": _decimal_neighbour,
    "floor shifted": _floor_shifted,
    "floor and ceiling": _floor_and_ceiling,
    "large divisor": _large_divisor,
    "perfect powers": _at_perfect_powers,
    "far away": _far_away,
    "tiny term": _tiny_term,
    "conjugate powers": _conjugate_powers,
    "unit": _other_unit,
    "Chinese unit": _other_chinese_unit,
    "currency": _currency,
    "degrees": _degree_inside,
    "end": _other_end,
    "inequality": _other_inequality,
    "order": _other_order,
    "item": _other_item,
    "sign": _other_sign,
    "factor": _other_factor,
    "residue": _other_class,
    "matrix": _matrices,
    "letters": _letters,
    "time of day": _time_of_day,
}


# Rewritings


def _number_forms(rng: random.Random) -> Pair:
    value = rng.randint(2, 10**7)
    return str(value), rng.choice(
        (
            f"{value:,}", f"{value:,}".replace(",", "{,}"), f"{value:,}".replace(",", r"\,"), rf"\text{{{value}}}",
            f"{value}.0",
            f"${value}$", rf"\mathbf{{{value}}}", rf"\boxed{{{value}}}", f"x = {value}",
            rf"\textcolor{{red}}{{{value}}}",
            rf"\frac{{{2 * value}}}{{2}}", f"{value}\\ \\checkmark", rf"\large {value}", rf"\underline{{{value}}}",
            rf"\text{{The answer is }} {value}", rf"\begin{{array}}{{c}}{value}\end{{array}}", f"({value})",
        )
    )  # fmt: skip


def _fraction_forms(rng: random.Random) -> Pair:
    value = _fraction(rng)
    k, sign, top = rng.randint(2, 9), "-" if value < 0 else "", abs(value.numerator)
    forms = [
        rf"{sign}\dfrac{{{top}}}{{{value.denominator}}}",
        f"{value.numerator}/{value.denominator}",
        rf"\frac{{{value.numerator * k}}}{{{value.denominator * k}}}",
        rf"{sign}{top} \div {value.denominator}",
        rf"{value.numerator}\cdot \frac{{1}}{{{value.denominator}}}",
        rf"\left({_frac(value)}\right)",
    ]
    whole, rest = divmod(top, value.denominator)
    if whole and rest:
        forms.append(rf"{sign}{whole}\frac{{{rest}}}{{{value.denominator}}}")
    if set(_primes(value.denominator)) <= {2, 5}:
        forms.append(f"{float(value)!r}")
    return _frac(value), rng.choice(forms)


def _primes(number: int) -> list[int]:
    return [p for p in range(2, number + 1) if number % p == 0 and all(p % q for q in range(2, p))]


def _root_forms(rng: random.Random) -> Pair:
    a, root = rng.randint(2, 9), _squarefree(rng)
    b = rng.randint(1, 9)
    return rng.choice(
        (
            (rf"{a}\sqrt{{{root}}}", rf"\sqrt{{{a * a * root}}}"),
            (rf"\frac{{{a}}}{{\sqrt{{{root}}}}}", rf"\frac{{{a}\sqrt{{{root}}}}}{{{root}}}"),
            (rf"{a}+{b}\sqrt{{{root}}}", rf"{b}\sqrt{{{root}}}+{a}"),
            (rf"({a}+\sqrt{{{root}}})^2", rf"{a * a + root}+{2 * a}\sqrt{{{root}}}"),
            (rf"\frac{{1}}{{\sqrt{{{root}}}+{a + 5}}}", rf"\frac{{{a + 5}-\sqrt{{{root}}}}}{{{(a + 5) ** 2 - root}}}"),
            (rf"\sqrt{{{root}}}", f"{root}^{{1/2}}"),
            (rf"\sqrt{{{root}}}", f"√{root}"),
            (rf"{a}\pm \sqrt{{{root}}}", rf"{a}-\sqrt{{{root}}}, {a}+\sqrt{{{root}}}"),
        )
    )


def _polynomial_forms(rng: random.Random) -> Pair:
    a, b, c = rng.randint(2, 9), rng.randint(1, 9), rng.randint(1, 9)
    name = rng.choice("xyt")
    return rng.choice(
        (
            (f"({a}{name}+{b})({name}-{c})", f"{a}{name}^2+({b - a * c}){name}-{b * c}"),
            (f"({name}+{b})^2", f"{name}^2+{2 * b}{name}+{b * b}"),
            (f"{name}^2-{b * b}", f"({name}-{b})({name}+{b})"),
            (rf"\frac{{{name}+{b}}}{{{a}}}", rf"\frac{{{name}}}{{{a}}}+\frac{{{b}}}{{{a}}}"),
            (f"f({name})={a}{name}+{b}", f"{b}+{a}{name}"),
            (rf"\frac{{1}}{{{name}}}+\frac{{1}}{{{name}+{b}}}", rf"\frac{{2{name}+{b}}}{{{name}({name}+{b})}}"),
            (f"y = {a}x+{b}", f"{a}x-y+{b}=0"),
        )
    )  # fmt: skip


def _whole_number_forms(rng: random.Random) -> Pair:
    divisor, c = rng.randint(2, 9), rng.randint(1, 9)
    return rng.choice(
        (
            (rf"\lceil \frac{{n}}{{{divisor}}}\rceil", rf"\lfloor \frac{{n+{divisor - 1}}}{{{divisor}}}\rfloor"),
            (rf"\lfloor \frac{{n+{c * divisor}}}{{{divisor}}}\rfloor", rf"{c}+\lfloor \frac{{n}}{{{divisor}}}\rfloor"),
            (r"n-\lfloor \frac{n}{2}\rfloor", r"\lceil \frac n2\rceil"),
            (r"\lfloor \frac{n^2}{4}\rfloor", r"\lfloor \frac n2\rfloor \lceil \frac n2\rceil"),
            (r"\lfloor \log_2 n\rfloor+1", r"\lceil \log_2 (n+1)\rceil"),
            (rf"\frac{{n(n+1)}}{{2}}+{c}", rf"\binom{{n+1}}{{2}}+{c}"),
            (rf"{c}\cdot 2^{{n+1}}", rf"{2 * c}\cdot 2^n"),
            ("(n+1)!", "(n+1)n!"),
            (rf"(-1)^{{n+{2 * c}}}", "(-1)^n"),
            (r"\sum_{k=1}^{n} k", r"\frac{n^2+n}{2}"),
        )
    )


def _piece_forms(rng: random.Random) -> Pair:
    a, b = sorted(rng.sample(range(-20, 2000), 2))
    return rng.choice(
        (
            (f"|x-{b}|", f"|{b}-x|"),
            (rf"\max(x,{b})", rf"\frac{{x+{b}+|x-{b}|}}{{2}}"),
            (r"\min(a,b)+\max(a,b)", "a+b"),
            (f"|{abs(a) + 2}x-{abs(a) + 2}|", f"{abs(a) + 2}|x-1|"),
            (rf"\sqrt{{(x-{b})^2}}", f"|x-{b}|"),
        )
    )


def _analysis_forms(rng: random.Random) -> Pair:
    a = rng.randint(2, 9)
    return rng.choice(
        (
            (r"\sin^2 x", r"1-\cos^2 x"),
            (r"\sin 2x", r"2\sin x\cos x"),
            (r"\cos 2x", r"2\cos^2 x-1"),
            (rf"\ln {a}x", rf"\ln {a}+\ln x"),
            (rf"\log_{{{a}}} x", rf"\frac{{\ln x}}{{\ln {a}}}"),
            (rf"{a}^{{x+1}}", rf"{a}\cdot {a}^x"),
            (rf"e^{{{a}x}}", rf"(e^x)^{{{a}}}"),
            (rf"\frac{{\pi}}{{{a}}}", rf"\frac{{180}}{{{a}}}^\circ"),
            (r"\tan x", r"\frac{\sin x}{\cos x}"),
        )
    )


def _unit_forms(rng: random.Random) -> Pair:
    value = rng.randint(1, 90)
    return rng.choice(
        (
            (rf"{value} \text{{ m}}", rf"{value * 100} \text{{ cm}}"),
            (rf"{value} \text{{ kg}}", rf"{value * 1000}\,\text{{g}}"),
            (rf"{value} \text{{ hours}}", f"{value * 60} minutes"),
            (f"{value}", rf"{value}\text{{ cm}}^2"),
            (f"{value}^\\circ", f"{value} degrees"),
            (f"{value}^\\circ", f"{value}°"),
            (rf"\${value}", f"{value} dollars"),
            (f"{value}平方米", f"{value * 10000}平方厘米"),
            (rf"{value}\%", f"{value / 100!r}"),
        )
    )


def _set_forms(rng: random.Random) -> Pair:
    low = rng.randint(-20, 10)
    high = low + rng.randint(1, 30)
    return rng.choice(
        (
            (f"({low},{high}]", rf"{low} < x \le {high}"),
            (f"[{low},\\infty)", rf"x \ge {low}"),
            (f"({low},{high})", rf"\{{x \mid {low}<x<{high}\}}"),
            (rf"(-\infty,{low})\cup({high},\infty)", rf"x<{low} \text{{ or }} x>{high}"),
            (f"{low}, {high}", f"{high}, {low}"),
            (rf"\{{{low},{high}\}}", f"{high}, {low}"),
            (f"({low},{high})", f"x={low}, y={high}"),
            (rf"x \equiv {high % 7} \pmod 7", rf"x \equiv {high % 7 + 7} \pmod 7"),
        )
    )


REWRITINGS: dict[str, Maker] = {
    "numbers": _number_forms,
    "fractions": _fraction_forms,
    "roots": _root_forms,
    "polynomials": _polynomial_forms,
    "whole numbers": _whole_number_forms,
    "pieces": _piece_forms,
    "analysis": _analysis_forms,
    "units": _unit_forms,
    "sets": _set_forms,
}


def pairs(makers: dict[str, Maker], count: int, seed: int) -> list[tuple[str, str, str]]:
    """That many pairs with their kind, the kinds in turn."""
    rng = random.Random(seed)
    names = list(makers)
    return [(name, *makers[name](rng)) for name in (names[k % len(names)] for k in range(count))]
