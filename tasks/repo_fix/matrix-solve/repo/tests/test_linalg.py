import unittest
from fractions import Fraction

from linalg import Singular, determinant, multiply, solve, transpose


class Linalg(unittest.TestCase):
    def test_solve(self):
        self.assertEqual(solve([[2, 1], [1, 3]], [3, 5]), [Fraction(4, 5), Fraction(7, 5)])

    def test_multiply(self):
        self.assertEqual(multiply([[1, 2], [3, 4]], [[0, 1], [1, 0]]), [[2, 1], [4, 3]])
        self.assertEqual(transpose([[1, 2, 3]]), [[1], [2], [3]])

    def test_singular(self):
        with self.assertRaises(Singular):
            solve([[1, 2], [2, 4]], [1, 2])
        self.assertEqual(determinant([[2, 1], [1, 3]]), 5)
