import unittest

from versions import newest, parse, satisfies, sort


class Versions(unittest.TestCase):
    def test_numbers(self):
        self.assertEqual(sort(["1.10.0", "1.9.0", "1.9.10"]), ["1.9.0", "1.9.10", "1.10.0"])
        self.assertEqual(newest(["1.0.0", "0.9.9"]), "1.0.0")
        self.assertIsNone(newest([]))

    def test_text(self):
        for text in ("1.2.3", "1.2.3-rc.1", "1.2.3-a+b5"):
            self.assertEqual(str(parse(text)), text)

    def test_ranges(self):
        self.assertTrue(satisfies("1.5.0", "^1.4.0"))
        self.assertTrue(satisfies("1.4.9", "~1.4.0"))
        self.assertFalse(satisfies("1.5.0", ">=1.0.0 <1.5.0"))
