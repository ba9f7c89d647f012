"""Durations as options take them: `3d`, `8h`, `90s`."""

from __future__ import annotations

import argparse

UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def duration(text: str) -> float:
    """Seconds of a time above 0 such as 8h, 30m or 90s, for argparse."""
    seconds = wait(text)
    if seconds == 0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time above 0 with s, m, h or d behind it, such as 8h or 90s"
        )
    return seconds


def wait(text: str) -> float:
    """Seconds of a time from 0 on such as 0s, 30m or 90s, for argparse."""
    number, unit = text[:-1], UNITS_S.get(text[-1:])
    if unit is None or not number.replace(".", "", 1).isdecimal() or not number.isascii():
        raise argparse.ArgumentTypeError(f"{text!r} is not a time with s, m, h or d behind it, such as 8h, 90s or 0s")
    return float(number) * unit
