import unittest

from calc import CalcError, calculate


class Calculate(unittest.TestCase):
    def test_values(self):
        cases = {"1 + 2 * 3": 7, "(1 + 2) * 3": 9, "10 - 4 - 3": 3, "8 / 4 / 2": 1, "2 ^ 3": 8, "-5 + 2": -3, "1.5 * 2": 3}
        self.assertEqual({formula: calculate(formula) for formula in cases}, cases)

    def test_variables(self):
        self.assertEqual(calculate("a * b", a=2, b=4), 8)

    def test_errors(self):
        for formula in ("", "1 +", "1 2", "a", "1 / 0", "(1"):
            with self.assertRaises(CalcError):
                calculate(formula)
