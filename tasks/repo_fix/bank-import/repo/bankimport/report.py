"""Sums of a statement."""


def totals(bookings):
    """(income, expenses) in cents; expenses are negative."""
    income = sum(one.cents for one in bookings if one.cents is None or one.cents > 0)
    expenses = sum(one.cents for one in bookings if one.cents is not None and one.cents < 0)
    return income, expenses


def per_month(bookings):
    """Cents by month."""
    months = {}
    for one in bookings:
        months[one.date[:7]] = months.get(one.date[:7], 0) + one.cents
    return months
