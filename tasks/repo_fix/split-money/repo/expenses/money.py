"""Amounts in whole cents."""

import re

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d\d))?")


def cents(text):
    """'12.34' as 1234; raises ValueError for anything else."""
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"no amount: {text!r}")
    sign, whole, rest = found.groups()
    value = int(whole) * 100 + int(rest or 0)
    return -value if sign else value


def show(value):
    """1234 as '12.34'."""
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100}.{abs(value) % 100:02}"


def allocate(total, weights):
    """Shares of a total in cents, in proportion to the weights."""
    if not weights or any(weight < 0 for weight in weights) or not sum(weights):
        raise ValueError("weights must be positive numbers")
    whole = sum(weights)
    return [round(total * weight / whole) for weight in weights]
