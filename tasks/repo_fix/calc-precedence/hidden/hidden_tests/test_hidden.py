import unittest

from calc import CalcError, calculate


class Signs(unittest.TestCase):
    def test_values(self):
        cases = {
            "-2 ^ 2": -4, "2 ^ 3 ^ 2": 512, "2 ^ -1": 0.5, "2 * -3": -6, "(-2) ^ 2": 4, "2 - -3": 5, "--2": 2, "-(1 + 2)": -3,
            "2 ^ -1 ^ 2": 0.5, "2 ^ 2 * 3": 12, "-2 * -2": 4, "1 - 2 ^ 2": -3, "12 / -2 ^ 2": -3, "2 ^ 0 - 1": 0,
            "-3 ^ 2 + 10": 1, "3 - 2 - -1": 2, "6 / 2 * 3": 9,
        }
        self.assertEqual({formula: calculate(formula) for formula in cases}, cases)

    def test_variables(self):
        self.assertEqual(calculate("-x ^ 2", x=3), -9)
        self.assertEqual(calculate("y ^ -x", x=2, y=2), 0.25)

    def error(self, formula):
        with self.assertRaises(CalcError) as caught:
            calculate(formula)
        return str(caught.exception)

    def test_places_of_errors(self):
        self.assertEqual(self.error("1 + (2 * 3"), "unexpected end at 11")
        self.assertEqual(self.error("1 +"), "unexpected end at 4")
        self.assertEqual(self.error("1 +   "), "unexpected end at 4")
        self.assertEqual(self.error(""), "unexpected end at 1")
        self.assertEqual(self.error("2 ^ * 3"), "unexpected * at 5")
        self.assertEqual(self.error("(1 + 2)) "), "unexpected ) at 8")
        self.assertEqual(self.error("2 -"), "unexpected end at 4")
