"""解线性方程组，用分数，没有误差。"""

from fractions import Fraction

from linalg.matrix import identity, shape


class Singular(ValueError):
    """方程组没有唯一的解。"""


def _square(matrix):
    rows, columns = shape(matrix)
    if rows != columns:
        raise ValueError("必须是方阵")
    return [[Fraction(value) for value in row] for row in matrix]


def _eliminate(rows):
    """化成上三角；返回主元的乘积。"""
    product = Fraction(1)
    for step in range(len(rows)):
        pivot = rows[step][step]
        if pivot == 0:
            raise Singular("主元为零")
        product *= pivot
        for other in range(step + 1, len(rows)):
            factor = rows[other][step] / pivot
            rows[other] = [a - factor * b for a, b in zip(rows[other], rows[step])]
    return product


def determinant(matrix):
    """行列式。"""
    return _eliminate(_square(matrix))


def solve(matrix, values):
    """matrix · x = values 的解。"""
    rows = [[*row, Fraction(value)] for row, value in zip(_square(matrix), values, strict=True)]
    _eliminate(rows)
    found = [Fraction(0)] * len(rows)
    for step in reversed(range(len(rows))):
        known = sum(rows[step][place] * found[place] for place in range(step + 1, len(rows)))
        found[step] = (rows[step][-1] - known) / rows[step][step]
    return found


def inverse(matrix):
    """逆矩阵。"""
    columns = [solve(matrix, unit) for unit in identity(len(matrix))]
    return [list(row) for row in zip(*columns)]
