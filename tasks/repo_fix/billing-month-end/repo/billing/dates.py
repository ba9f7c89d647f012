"""Dates without a time, as (year, month, day)."""

from calendar import monthrange


def parse(text):
    """2023-01-31 as (2023, 1, 31); raises ValueError for a day that does not exist."""
    year, month, day = (int(part) for part in text.split("-"))
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        raise ValueError(f"no such day: {text}")
    return year, month, day


def text(date):
    return "{:04}-{:02}-{:02}".format(*date)


def add_months(date, months):
    """The same day so many months later, or the last day of that month."""
    year, month, day = date
    index = year * 12 + (month - 1) + months
    year, month = index // 12, index % 12 + 1
    return year, month, min(day, monthrange(year, month)[1])
