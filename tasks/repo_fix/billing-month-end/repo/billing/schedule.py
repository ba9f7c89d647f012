"""When a subscription is billed."""

from billing import dates, plans


def due_dates(start, plan):
    """The dates of all invoices, without end."""
    date = dates.parse(start)
    while True:
        yield date
        date = dates.add_months(date, plans.period(plan))


def invoices(start, count, plan="monthly"):
    """The dates of the first invoices as text."""
    found = []
    for date in due_dates(start, plan):
        if len(found) == count:
            return found
        found.append(dates.text(date))


def next_invoice(start, after, plan="monthly"):
    """The first invoice later than a day."""
    day = dates.parse(after)
    for date in due_dates(start, plan):
        if date > day:
            return dates.text(date)


def owed_cents(start, until, plan="monthly"):
    """What was billed up to a day, that day included."""
    day, total = dates.parse(until), 0
    for date in due_dates(start, plan):
        if date > day:
            return total
        total += plans.price_cents(plan)
