import unittest

from layers import load
from layers.loader import lookup


class Load(unittest.TestCase):
    def test_a_value_is_replaced(self):
        config = load("limits.seats = 50")
        self.assertEqual((lookup(config, "limits.seats"), lookup(config, "limits.uploads")), (50, 10))

    def test_removed(self):
        self.assertNotIn("servers", load("servers = ~"))

    def test_last_wins(self):
        self.assertEqual(load("a = 1", "a = 2")["a"], 2)
