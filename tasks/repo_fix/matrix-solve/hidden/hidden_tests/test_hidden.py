import itertools
import random
import unittest
from fractions import Fraction

from linalg import Singular, determinant, multiply, solve
from linalg.solve import inverse


def by_permutations(matrix):
    total = 0
    for order in itertools.permutations(range(len(matrix))):
        sign = (-1) ** sum(a > b for a, b in itertools.combinations(order, 2))
        product = 1
        for row, column in enumerate(order):
            product *= matrix[row][column]
        total += sign * product
    return total


class Exact(unittest.TestCase):
    def test_rows_are_swapped(self):
        self.assertEqual(solve([[0, 1], [1, 0]], [2, 3]), [3, 2])
        self.assertEqual(solve([[1, 1, 0], [1, 1, 1], [0, 1, 1]], [3, 6, 5]), [1, 2, 3])

    def test_determinants(self):
        self.assertEqual(determinant([[0, 1], [1, 0]]), -1)
        self.assertEqual(determinant([[0, 0, 1], [1, 0, 0], [0, 1, 0]]), 1)
        self.assertEqual(determinant([[1, 2], [2, 4]]), 0)
        random.seed(6)
        for _ in range(80):
            matrix = [[random.randint(-1, 1) for _ in range(4)] for _ in range(4)]
            self.assertEqual(determinant(matrix), by_permutations(matrix))

    def test_random_systems(self):
        random.seed(7)
        for _ in range(80):
            matrix = [[random.randint(-1, 1) for _ in range(3)] for _ in range(3)]
            wanted = [Fraction(random.randint(-5, 5), 3) for _ in range(3)]
            values = [sum(a * x for a, x in zip(row, wanted)) for row in matrix]
            if by_permutations(matrix):
                self.assertEqual(solve(matrix, values), wanted)
                self.assertEqual(multiply(matrix, inverse(matrix)), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
            else:
                with self.assertRaises(Singular):
                    solve(matrix, values)

    def test_rectangles(self):
        self.assertEqual(multiply([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1], [1, 1]]), [[4, 5], [10, 11]])
        self.assertEqual(multiply([[1], [2]], [[3, 4, 5]]), [[3, 4, 5], [6, 8, 10]])

    def test_exact_and_unchanged(self):
        matrix = [[0, 3], [1, 1]]
        found = solve(matrix, [1, 1])
        self.assertEqual((found, {type(one) for one in found}, matrix), ([Fraction(2, 3), Fraction(1, 3)], {Fraction}, [[0, 3], [1, 1]]))
