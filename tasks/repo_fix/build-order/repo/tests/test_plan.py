import unittest

from builder import plan
from builder.errors import CycleError, UnknownTarget


class Plan(unittest.TestCase):
    def test_a_chain(self):
        self.assertEqual(plan("c: b\nb: a\na:"), ["a", "b", "c"])

    def test_only_what_is_wanted(self):
        self.assertEqual(plan("a:\nb: a\nc: a", "c"), ["a", "c"])

    def test_a_cycle(self):
        with self.assertRaises(CycleError):
            plan("a: b\nb: a")

    def test_unknown(self):
        with self.assertRaises(UnknownTarget):
            plan("a: x")
