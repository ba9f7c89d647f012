"""Floors, remainders, absolute values and cases: no verdict from a sample where functions differ elsewhere."""

from __future__ import annotations

from tests.cases import all_cases
from tests.grading.math.conftest import Compare

IN_PIECES = [
    ("n is a positive integer", r"\lfloor n\pi\rfloor", r"\lfloor\frac{355n}{113}\rfloor", False),
    ("n is a positive integer", r"\lfloor n\sqrt2\rfloor", r"\lfloor 1.41421356 n\rfloor", False),
    ("n is a positive integer", r"\lfloor n/10^{12}\rfloor", "0", False),
    ("n is a positive integer", r"\gcd(n,1000003)", "1", False),
    ("n is a positive integer", r"\gcd(n^2+1,n+1)", r"\gcd(2,n+1)", True),
    ("n is a positive integer", r"\lfloor\sqrt{n}+\sqrt{n+1}\rfloor", r"\lfloor\sqrt{4n+2}\rfloor", True),
    (None, r"\max(x,10^{20})", "10^{20}", False),
    (None, r"\lfloor 2x\rfloor", r"\lfloor x\rfloor+\lfloor x+\frac12\rfloor", True),
    (None, r"\arcsin(\sin x)", "x", False),
    (None, r"\lfloor x\rfloor", "x", False),
    (None, r"\lfloor x\rfloor+\lfloor -x\rfloor", "0", False),
    ("Let n be a positive integer.", r"\lfloor \sqrt{n}\rfloor", r"\lceil\sqrt{n}\rceil-1", False),
    ("Let n be a positive integer.", r"\lfloor \sqrt{n}\rfloor+1", r"\lceil\sqrt{n+1}\rceil", True),
    ("n positive integer", r"\lfloor \sqrt[3]{n}\rfloor", r"\lfloor \sqrt[3]{n+1}\rfloor", False),
    ("n positive integer", r"\lfloor\log_{10}n\rfloor+1", r"\lceil\log_{10}(n+1)\rceil", True),
    ("n positive integer", r"\lfloor\log_{10}n\rfloor+1", r"\lceil\log_{10}n\rceil", False),
    (None, r"\max(n,1000)", "n", False),
    (None, r"\max(x,-x)", "|x|", True),
    (None, r"\min(x,y)+\max(x,y)", "x+y", True),
    (None, r"\frac{x+y-|x-y|}{2}", r"\min(x,y)", True),
    (None, "|x-1|", "|1-x|", True),
    (None, "|x-10000|", "10000-x", False),
    (None, r"\sqrt{x^2}", "x", False),
    (None, r"\sqrt{x^2}", "|x|", True),
    ("integers", r"n \bmod 2", r"\frac{1-(-1)^n}{2}", True),
    ("integers", r"n\bmod 2", "0", False),
    ("n is a positive integer", r"n\bmod 1000", "n", False),
    ("n is a positive integer", r"\gcd(n,n+1)", "1", True),
    ("n is a positive integer", r"\gcd(n,n+2)", "1", False),
    ("n is a positive integer", r"\gcd(n,6)", r"\gcd(n+6,6)", True),
    ("n is a positive integer", r"\gcd(n,2310)", r"\gcd(n,30030)", False),
    ("n is a positive integer", r"\operatorname{lcm}(n,n+1)", "n(n+1)", True),
    ("n is a positive integer", r"\operatorname{lcm}(n,n+2)", "n(n+2)", False),
    (None, r"\begin{cases}x & x\ge 0\\ -x & x<0\end{cases}", "x", False),
    (None, r"\begin{cases}1 & x>0\\ 0 & x\le0\end{cases}", r"\begin{cases}1 & x\ge0\\ 0 & x<0\end{cases}", False),
    (None, r"\begin{cases}0 & x\le0\\1 & x>0\end{cases}", r"\begin{cases}1 & x>0\\ 0 & x\le0\end{cases}", True),
    ("n integer", r"\lfloor \frac{n}{3}\rfloor+\lfloor\frac{n+1}{3}\rfloor+\lfloor\frac{n+2}{3}\rfloor", "n", True),
    ("n integer", r"\lfloor\frac{n}{2}\rfloor\cdot 2", "n", False),
    ("n integer", r"\left\lceil \frac{n}{2}\right\rceil", r"n-\lfloor n/2\rfloor", True),
    ("n positive integer", r"\lfloor\log_3 n\rfloor", r"\lfloor\log_3(n+1)\rfloor", False),
    ("n positive integer", r"\lfloor\log_3 n\rfloor", r"\lceil\log_3(n+1)\rceil-1", True),
    ("n positive integer", r"\lfloor \log_2(n^2)\rfloor", r"2\lfloor\log_2 n\rfloor", False),
    ("n positive integer", r"\lfloor \frac{n^2+1}{2}\rfloor", r"\lceil \frac{n^2}{2}\rceil", True),
    ("m, n positive integers", r"\lfloor\frac{mn}{2}\rfloor", r"\lceil\frac{mn}{2}\rceil", False),
    ("m, n positive integers", r"\lfloor\frac{mn}{2}\rfloor", r"m\lfloor\frac n2\rfloor", False),
    ("m, n positive integers", r"\lceil\frac{mn}{2}\rceil", r"\lfloor\frac{mn+1}{2}\rfloor", True),
    ("n", r"2n-2\lfloor\sqrt{n}\rfloor", r"2n-2\lceil\sqrt n\rceil", False),
    ("n positive integer", r"\lfloor \frac{n}{10^6}\rfloor", "0", False),
    ("n positive integer", r"\lfloor \frac{n}{2}\rfloor!", r"\lceil\frac{n}{2}\rceil!", False),
    (
        "n positive integer",
        r"\lfloor(\frac{1+\sqrt5}{2})^n+\frac12\rfloor",
        r"\lfloor(\frac{1+\sqrt5}{2})^n\rfloor",
        False,
    ),
    (None, r"\operatorname{sgn}(x)", r"\frac{x}{|x|}", False),
    (None, "|x|+|y|", "|x+y|", False),
    ("n positive integer", r"(-1)^{\lfloor n/2\rfloor}", "(-1)^{n}", False),
    ("n positive integer", "(-1)^{n(n-1)/2}", r"(-1)^{\lfloor n/2\rfloor}", True),
]


@all_cases(("question", "gold", "prediction", "is_equal"), IN_PIECES)
def test_functions_in_pieces_are_compared_beyond_the_samples(
    question: str | None, gold: str, prediction: str, is_equal: bool, compare: Compare
) -> None:
    assert compare(gold, prediction, question).equal is is_equal
