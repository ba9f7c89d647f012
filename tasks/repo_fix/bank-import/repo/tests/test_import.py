import unittest

from bankimport import ImportFailed, read
from bankimport.report import per_month, totals


class Import(unittest.TestCase):
    def test_points(self):
        bookings = read("2026-01-02;Salary;2,500.00\n2026-01-05;Rent;-800\n\n2026-02-01;Tea;-3.5\n")
        self.assertEqual([one.cents for one in bookings], [250000, -80000, -350])
        self.assertEqual(totals(bookings), (250000, -80350))
        self.assertEqual(per_month(bookings), {"2026-01": 170000, "2026-02": -350})

    def test_fields(self):
        with self.assertRaises(ImportFailed):
            read("2026-01-02;Salary\n")
