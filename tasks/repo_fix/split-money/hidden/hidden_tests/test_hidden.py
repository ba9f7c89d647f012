import random
import unittest
from fractions import Fraction

from expenses.group import Group
from expenses.money import allocate


class Shares(unittest.TestCase):
    def test_the_cent_that_is_left_goes_to_the_first(self):
        self.assertEqual(allocate(10000, [1, 1, 1]), [3334, 3333, 3333])

    def test_it_goes_to_who_lost_most(self):
        self.assertEqual(allocate(5, [3, 7]), [2, 3])
        self.assertEqual(allocate(10, [1, 1, 4]), [2, 2, 6])
        self.assertEqual(allocate(100, [1, 5, 1]), [14, 72, 14])

    def test_refunds_mirror_bills(self):
        for total, weights in ((10000, [1, 1, 1]), (5, [3, 7]), (7, [2, 2, 3])):
            self.assertEqual(allocate(-total, weights), [-part for part in allocate(total, weights)])

    def test_large_totals_are_exact(self):
        total = 10**18 + 1
        self.assertEqual(sum(allocate(total, [1, 2, 4])), total)

    def test_random_splits(self):
        random.seed(7)
        for _ in range(500):
            weights = [random.randint(0, 9) for _ in range(random.randint(1, 6))] + [1]
            total = random.randint(-5000, 5000)
            shares = allocate(total, weights)
            self.assertEqual(sum(shares), total)
            for share, weight in zip(shares, weights):
                self.assertLess(abs(share - Fraction(total * weight, sum(weights))), 1)

    def test_a_group_is_even_after_settling(self):
        group = Group(["a", "b", "c"])
        group.pay("a", "100.00")
        self.assertEqual(sum(group.balances.values()), 0)
