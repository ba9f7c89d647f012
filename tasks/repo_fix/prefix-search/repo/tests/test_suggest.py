import unittest

from suggest import Suggester


class Suggest(unittest.TestCase):
    def setUp(self):
        self.suggester = Suggester()
        for text, weight in (("Tea", 5), ("team", 9), ("ten", 5), ("toast", 1)):
            self.suggester.add(text, weight)

    def test_order(self):
        self.assertEqual(self.suggester.suggest("te"), ["team", "tea", "ten"])
        self.assertEqual(self.suggester.suggest("TE", 1), ["team"])
        self.assertEqual(self.suggester.suggest("x"), [])

    def test_removed(self):
        self.assertTrue(self.suggester.remove("team"))
        self.assertFalse(self.suggester.remove("team"))
        self.assertEqual(self.suggester.suggest("te"), ["tea", "ten"])
