import unittest

from billing.schedule import invoices, next_invoice, owed_cents


class MonthEnds(unittest.TestCase):
    def test_the_31st_comes_back(self):
        self.assertEqual(
            invoices("2023-01-31", 5), ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31"]
        )

    def test_the_30th_is_not_pushed_to_the_end_of_the_month(self):
        self.assertEqual(invoices("2023-01-30", 4), ["2023-01-30", "2023-02-28", "2023-03-30", "2023-04-30"])

    def test_the_28th_stays(self):
        self.assertEqual(invoices("2023-02-28", 3), ["2023-02-28", "2023-03-28", "2023-04-28"])

    def test_leap_days_come_back(self):
        self.assertEqual(
            invoices("2020-02-29", 5, "yearly"),
            ["2020-02-29", "2021-02-28", "2022-02-28", "2023-02-28", "2024-02-29"],
        )

    def test_quarters(self):
        self.assertEqual(invoices("2023-08-31", 4, "quarterly"), ["2023-08-31", "2023-11-30", "2024-02-29", "2024-05-31"])

    def test_what_follows_from_the_dates(self):
        self.assertEqual(next_invoice("2023-01-31", "2023-02-28"), "2023-03-31")
        self.assertEqual(owed_cents("2023-01-31", "2023-03-30"), 1800)
