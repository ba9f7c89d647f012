import unittest

from bankimport import ImportFailed, read
from bankimport.report import totals


def cents(*amounts):
    return [one.cents for one in read("".join(f"2026-01-02;x;{amount}\n" for amount in amounts))]


class Amounts(unittest.TestCase):
    def test_commas(self):
        self.assertEqual(cents("1.234,56", "-12,5", "7"), [123456, -1250, 700])
        self.assertEqual(totals(read("2026-01-02;a;1.234,56\n2026-01-02;b;-12,5")), (123456, -1250))

    def test_points(self):
        self.assertEqual(cents("1,234.56", "12.5", "1,234,567"), [123456, 1250, 123456700])

    def test_thousands_follow_the_file(self):
        self.assertEqual(cents("1.234", "0,50"), [123400, 50])
        self.assertEqual(cents("1,234", "0.50"), [123400, 50])
        self.assertEqual(cents("1.234", "1.234.567"), [123400, 123456700])

    def test_debits(self):
        self.assertEqual(cents("(12.50)", "12.50-", "- 1,000.00", "3.00"), [-1250, -1250, -100000, 300])
        self.assertEqual(cents("(1.000,00)", "5,00-"), [-100000, -500])

    def test_whole_numbers_decide_nothing(self):
        self.assertEqual(cents("12", "-1234", "5"), [1200, -123400, 500])

    def test_an_empty_statement(self):
        self.assertEqual(read("\n"), [])


class Refused(unittest.TestCase):
    def error(self, *amounts):
        with self.assertRaises(ImportFailed) as caught:
            cents(*amounts)
        return str(caught.exception)

    def test_contradictions_name_the_line(self):
        self.assertIn("line 3", self.error("1", "1,50", "2.50"))
        self.assertIn("line 2", self.error("1.234,00", "1,234.00"))

    def test_what_is_no_amount_names_the_line(self):
        for wrong in ("abc", "", "1.2.3", "12,345,6", "1.23.456", "--5", "1,234,56", "12.345,678"):
            self.assertIn("line 2", self.error("1", wrong), wrong)

    def test_three_digits_behind_a_separator_are_thousands(self):
        for amounts in (["1.234"], ["1,234"], ["1.234", "5"], ["1,234", "1"]):
            self.assertEqual(cents(*amounts)[0], 123400)
        self.assertIn("line 2", self.error("1.234", "1,234"))
