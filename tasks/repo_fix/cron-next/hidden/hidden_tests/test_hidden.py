import unittest
from datetime import datetime

from cron import NeverRuns, SpecError, next_run


def runs(spec, count, *when):
    at, found = datetime(*when), []
    for _ in range(count):
        at = next_run(spec, at)
        found.append(at.strftime("%m-%d %H:%M"))
    return found


class Days(unittest.TestCase):
    def test_either_day_where_both_are_restricted(self):
        self.assertEqual(
            runs("0 6 13 * 5", 5, 2026, 2, 1), ["02-06 06:00", "02-13 06:00", "02-20 06:00", "02-27 06:00", "03-06 06:00"]
        )
        self.assertEqual(runs("0 6 14 * 5", 3, 2026, 2, 7), ["02-13 06:00", "02-14 06:00", "02-20 06:00"])

    def test_one_restricted_day_alone(self):
        self.assertEqual(runs("0 0 13 * *", 2, 2026, 1, 1), ["01-13 00:00", "02-13 00:00"])
        self.assertEqual(runs("0 0 * * 5", 2, 2026, 1, 1), ["01-02 00:00", "01-09 00:00"])

    def test_a_star_with_a_step_does_not_restrict(self):
        # 2026-01-05 is a Monday; both must hold, for one field starts with a star
        self.assertEqual(runs("0 0 */2 * 1", 2, 2026, 1, 1), ["01-05 00:00", "01-19 00:00"])

    def test_sunday_has_two_numbers(self):
        for sunday in ("0", "7", "sun", "5-7"):
            self.assertIn("03-08 00:00", runs(f"0 0 * * {sunday}", 7, 2026, 3, 1))
        self.assertEqual(runs("0 0 * * 7", 2, 2026, 3, 1), ["03-08 00:00", "03-15 00:00"])
        self.assertEqual(runs("0 0 * * 6-7", 3, 2026, 3, 1), ["03-07 00:00", "03-08 00:00", "03-14 00:00"])
        with self.assertRaises(SpecError):
            next_run("0 0 * * 8", datetime(2026, 1, 1))

    def test_ranges_with_steps(self):
        self.assertEqual(runs("5-50/15 3 * * *", 5, 2026, 3, 1), [f"03-01 03:{m:02}" for m in (5, 20, 35, 50)] + ["03-02 03:05"])
        self.assertEqual(runs("1,10-20/5 0 1 1 *", 4, 2026, 1, 1), [f"01-01 00:{m:02}" for m in (1, 10, 15, 20)])
        for spec in ("5/15 * * * *", "*/x * * * *", "1-5/0 * * * *", "*/ * * * *"):
            with self.assertRaises(SpecError):
                next_run(spec, datetime(2026, 1, 1))

    def test_days_that_do_not_exist(self):
        for spec in ("0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"):
            with self.assertRaises(NeverRuns):
                next_run(spec, datetime(2026, 1, 1))

    def test_leap_days(self):
        self.assertEqual(next_run("0 0 29 2 *", datetime(2026, 1, 1)), datetime(2028, 2, 29))
        self.assertEqual(next_run("0 0 29 2 *", datetime(2096, 3, 1)), datetime(2104, 2, 29))
