import unittest

from billing.dates import add_months
from billing.schedule import invoices, next_invoice, owed_cents


class Schedule(unittest.TestCase):
    def test_an_ordinary_day(self):
        self.assertEqual(invoices("2023-11-15", 3), ["2023-11-15", "2023-12-15", "2024-01-15"])

    def test_a_short_month_is_billed_on_its_last_day(self):
        self.assertEqual(invoices("2023-01-31", 2), ["2023-01-31", "2023-02-28"])

    def test_months_are_added_across_years(self):
        self.assertEqual(add_months((2023, 11, 30), 3), (2024, 2, 29))

    def test_next_and_owed(self):
        self.assertEqual(next_invoice("2023-11-15", "2023-12-15"), "2024-01-15")
        self.assertEqual(owed_cents("2023-11-15", "2024-01-15"), 2700)
