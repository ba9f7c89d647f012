import unittest
from datetime import datetime

from cron import SpecError, next_run


def after(spec, *when):
    return next_run(spec, datetime(*when)).strftime("%Y-%m-%d %H:%M")


class Cron(unittest.TestCase):
    def test_minutes_and_hours(self):
        self.assertEqual(after("*/15 * * * *", 2026, 3, 1, 10, 15), "2026-03-01 10:30")
        self.assertEqual(after("30 6 * * *", 2026, 3, 1, 7, 0), "2026-03-02 06:30")

    def test_weekdays_and_months(self):
        self.assertEqual(after("0 9 * * mon-fri", 2026, 3, 6, 9, 0), "2026-03-09 09:00")
        self.assertEqual(after("0 0 1 jan *", 2026, 3, 1), "2027-01-01 00:00")

    def test_refused(self):
        for spec in ("* * * *", "60 * * * *", "x * * * *", "*/0 * * * *", "5-1 * * * *"):
            with self.assertRaises(SpecError):
                next_run(spec, datetime(2026, 1, 1))
