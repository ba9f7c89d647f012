"""When a line runs next."""

from datetime import datetime, timedelta

from cron.spec import parse


class NeverRuns(ValueError):
    """A line whose day does not exist."""


def _is_day(spec, date):
    weekday = (date.weekday() + 1) % 7
    return date.day in spec.day and weekday in spec.weekday


def next_run(text, after):
    """The first minute later than `after` at which the line runs."""
    spec = parse(text)
    if not spec.weekday:
        raise NeverRuns(text)
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while True:
        if at.month not in spec.month or not _is_day(spec, at):
            at = datetime(at.year, at.month, at.day) + timedelta(days=1)
        elif at.hour not in spec.hour:
            at = at.replace(minute=0) + timedelta(hours=1)
        elif at.minute not in spec.minute:
            at += timedelta(minutes=1)
        else:
            return at
