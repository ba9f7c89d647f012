"""Number theory templates, medium and hard: powers and recurrences modulo m, divisors, congruences, digits.

Answers are whole numbers.
"""

from __future__ import annotations

from math import gcd

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, value_at


def _power_remainder(draw: RandomDraws) -> GeneratedProblem | None:
    base, exponent, modulus = draw.between(3, 60), draw.between(50, 3000), draw.between(23, 199)
    found = pow(base, exponent, modulus)
    if found < 2 or base % modulus < 2:
        return None
    return GeneratedProblem(
        en=f"What is the remainder when ${base}^{{{exponent}}}$ is divided by ${modulus}$?",
        zh=f"${base}^{{{exponent}}}$ 除以 ${modulus}$ 的余数是多少？",
        answer=str(found),
        given={"base": base, "exponent": exponent, "modulus": modulus},
    )


def _divisor_sum(draw: RandomDraws) -> GeneratedProblem | None:
    number = draw.between(300, 12_000)
    total, rest, prime, primes = 1, number, 2, 0
    while rest > 1:
        powers = 1
        while rest % prime == 0:
            rest //= prime
            powers = powers * prime + 1
        total *= powers
        primes += powers > 1
        prime += 1
    if primes < 3:
        return None
    return GeneratedProblem(
        en=f"What is the sum of all positive divisors of {number}, including 1 and {number} itself?",
        zh=f"{number} 的所有正约数（包括 1 和 {number} 本身）之和是多少？",
        answer=str(total),
        given={"number": number},
    )


def _divisible_not(draw: RandomDraws) -> GeneratedProblem | None:
    a, b, c = draw.distinct(3, 4, 15)
    top = draw.between(400, 4000)
    if any(x % y == 0 for x in (a, b, c) for y in (a, b, c) if x is not y):
        return None

    def multiples(*of: int) -> int:
        step = 1
        for number in of:
            step = step * number // gcd(step, number)
        return top // step

    count = multiples(a) + multiples(b) - multiples(a, b) - multiples(a, c) - multiples(b, c) + multiples(a, b, c)
    return GeneratedProblem(
        en=f"How many whole numbers from 1 to {top} are divisible by {a} or by {b}, but not by {c}?",
        zh=f"从 1 到 {top} 的整数中，能被 {a} 或 {b} 整除但不能被 {c} 整除的有多少个？",
        answer=str(count),
        given={"a": a, "b": b, "c": c, "top": top},
    )


def _product_in_base(draw: RandomDraws) -> GeneratedProblem | None:
    base = draw.between(5, 9)
    first, second = (
        (draw.between(1, base - 1), *(draw.between(0, base - 1) for _ in range(length - 1))) for length in (4, 3)
    )
    product = value_at(first, base) * value_at(second, base)
    x, y = ("".join(map(str, digits)) for digits in (first, second))
    return GeneratedProblem(
        en=f"The numbers ${x}_{{{base}}}$ and ${y}_{{{base}}}$ are written in base {base}. "
        "What is their product, written in base ten?",
        zh=f"${x}_{{{base}}}$ 与 ${y}_{{{base}}}$ 是 {base} 进制数，它们的乘积用十进制表示是多少？",
        answer=str(product),
        given={"base": base, "first": first, "second": second},
    )


def _congruences(draw: RandomDraws) -> GeneratedProblem | None:
    moduli = draw.distinct(3, 5, 23)
    if any(gcd(x, y) > 1 for x in moduli for y in moduli if x != y):
        return None
    rests = tuple(draw.between(1, modulus - 1) for modulus in moduli)
    number, step = 0, 1
    for modulus, rest in zip(moduli, rests, strict=True):
        number += step * ((rest - number) * pow(step, -1, modulus) % modulus)
        step *= modulus
    (m, n, p), (a, b, c) = moduli, rests
    return GeneratedProblem(
        en=f"What is the smallest positive whole number that leaves remainder {a} when divided by {m}, "
        f"remainder {b} when divided by {n}, and remainder {c} when divided by {p}?",
        zh=f"求最小的正整数，使它除以 {m} 余 {a}，除以 {n} 余 {b}，除以 {p} 余 {c}。",
        answer=str(number),
        given={"moduli": moduli, "rests": rests},
    )


def _recurrence(draw: RandomDraws) -> GeneratedProblem | None:
    first, second, p, q = draw.between(1, 9), draw.between(1, 9), draw.between(2, 6), draw.nonzero(6)
    n, modulus = draw.between(150, 2500), draw.between(31, 199)
    # the matrix ((p, q), (1, 0)) to the power n - 1 takes (a_2, a_1) to (a_{n+1}, a_n)
    (_, _), (left, right) = _matrix_power(((p, q), (1, 0)), n - 1, modulus)
    found = (left * second + right * first) % modulus
    if found < 2:
        return None
    rule = f"a_{{k+2}} = {p}a_{{k+1}} {'-' if q < 0 else '+'} {'' if abs(q) == 1 else abs(q)}a_k"
    return GeneratedProblem(
        en=f"A sequence has $a_1 = {first}$, $a_2 = {second}$ and ${rule}$ for all $k \\ge 1$. "
        f"What is the remainder when $a_{{{n}}}$ is divided by {modulus} (a number from 0 to {modulus - 1})?",
        zh=f"数列满足 $a_1 = {first}$，$a_2 = {second}$，且对所有 $k \\ge 1$ 有 ${rule}$。"
        f"求 $a_{{{n}}}$ 除以 {modulus} 的余数（0 到 {modulus - 1} 之间的整数）。",
        answer=str(found),
        given={"first": first, "second": second, "p": p, "q": q, "n": n, "modulus": modulus},
    )


_Matrix = tuple[tuple[int, int], tuple[int, int]]


def _matrix_power(matrix: _Matrix, power: int, modulus: int) -> _Matrix:
    result: _Matrix = ((1, 0), (0, 1))
    while power:
        if power & 1:
            result = _times(result, matrix, modulus)
        matrix = _times(matrix, matrix, modulus)
        power >>= 1
    return result


def _times(x: _Matrix, y: _Matrix, modulus: int) -> _Matrix:
    (a, b), (c, d) = x
    (e, f), (g, h) = y
    return (
        ((a * e + b * g) % modulus, (a * f + b * h) % modulus),
        ((c * e + d * g) % modulus, (c * f + d * h) % modulus),
    )


def _coprime_sum(draw: RandomDraws) -> GeneratedProblem | None:
    number = draw.between(80, 1500)
    totient, rest, prime = number, number, 2
    while rest > 1:
        if rest % prime == 0:
            totient -= totient // prime
            while rest % prime == 0:
                rest //= prime
        prime += 1
    if totient == number - 1:
        return None
    return GeneratedProblem(
        en=f"What is the sum of all positive whole numbers less than {number} "
        f"that have no common divisor with {number} except 1?",
        zh=f"所有小于 {number} 且与 {number} 的公约数只有 1 的正整数之和是多少？",
        answer=str(number * totient // 2),
        given={"number": number},
    )


def _factorial_zeros(draw: RandomDraws) -> GeneratedProblem | None:
    n = draw.between(150, 3000)
    base, primes = draw.one_of(
        ((12, (2, 2, 3)), (18, (2, 3, 3)), (24, (2, 2, 2, 3)), (45, (3, 3, 5)), (20, (2, 2, 5)), (28, (2, 2, 7)))
    )
    counts = []
    for prime in sorted(set(primes)):
        held, power = 0, prime
        while power <= n:
            held += n // power
            power *= prime
        counts.append(held // primes.count(prime))
    return GeneratedProblem(
        en=f"How many zeros stand at the end of ${n}!$ when it is written in base {base}?",
        zh=f"将 ${n}!$ 写成 {base} 进制数时，末尾有多少个零？",
        answer=str(min(counts)),
        given={"n": n, "base": base},
    )


TEMPLATES = (
    Template(name="power-remainder", tier="medium", topic="number theory", draw=_power_remainder),
    Template(name="divisor-sum", tier="medium", topic="number theory", draw=_divisor_sum),
    Template(name="divisible-not", tier="medium", topic="number theory", draw=_divisible_not),
    Template(name="product-in-base", tier="medium", topic="number theory", draw=_product_in_base),
    Template(name="congruences", tier="hard", topic="number theory", draw=_congruences),
    Template(name="recurrence", tier="hard", topic="number theory", draw=_recurrence),
    Template(name="coprime-sum", tier="hard", topic="number theory", draw=_coprime_sum),
    Template(name="factorial-zeros", tier="hard", topic="number theory", draw=_factorial_zeros),
)
