"""What a plan costs and how often it is billed."""

PLANS = {"monthly": (1, 900), "quarterly": (3, 2500), "yearly": (12, 9000)}


def period(plan):
    """Months between two invoices."""
    return PLANS[plan][0]


def price_cents(plan):
    return PLANS[plan][1]
