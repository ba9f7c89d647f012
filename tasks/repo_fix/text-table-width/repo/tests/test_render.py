import unittest

from texttable import render


class Render(unittest.TestCase):
    def test_ascii(self):
        expected = "name  | qty\n------+----\napple |   3\nkiwi  |  12"
        self.assertEqual(render(["name", "qty"], [["apple", "3"], ["kiwi", "12"]]), expected)

    def test_shortened(self):
        self.assertEqual(render(["a"], [["abcdefgh"]], max_width=5), "a\n-----\nabcd…")

    def test_rows_must_fit(self):
        with self.assertRaises(ValueError):
            render(["a"], [["1", "2"]])
