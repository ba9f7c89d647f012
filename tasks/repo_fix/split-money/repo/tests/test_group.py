import unittest

from expenses.group import Group
from expenses.money import allocate, cents, show


class Money(unittest.TestCase):
    def test_text_and_cents(self):
        self.assertEqual((cents("12.34"), cents("-0.50"), cents("7")), (1234, -50, 700))
        self.assertEqual((show(1234), show(-50)), ("12.34", "-0.50"))

    def test_even_shares(self):
        self.assertEqual(allocate(900, [1, 1, 1]), [300, 300, 300])
        self.assertEqual(allocate(1000, [1, 4]), [200, 800])

    def test_settling(self):
        group = Group(["ann", "bob"])
        group.pay("ann", "30.00")
        self.assertEqual(group.settle(), [("bob", "ann", "15.00")])
