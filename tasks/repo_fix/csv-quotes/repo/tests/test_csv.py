import unittest

from tinycsv import dump, load


class RoundTrip(unittest.TestCase):
    def check(self, rows):
        self.assertEqual(load(dump(rows)), rows)

    def test_plain(self):
        self.check([["a", "b"], ["1", ""]])

    def test_commas_and_line_breaks(self):
        self.check([["a,b", "two\nlines"]])

    def test_quotes_in_the_middle(self):
        self.check([['5" pipe', "x"]])


if __name__ == "__main__":
    unittest.main()
