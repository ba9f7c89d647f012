"""矩阵：行的列表。"""


def shape(matrix):
    """(行数, 列数)；各行长度不同时报 ValueError。"""
    widths = {len(row) for row in matrix}
    if len(widths) != 1:
        raise ValueError("每一行的长度必须相同")
    return len(matrix), widths.pop()


def transpose(matrix):
    """转置。"""
    return [list(column) for column in zip(*matrix)]


def identity(size):
    """单位矩阵。"""
    return [[int(row == column) for column in range(size)] for row in range(size)]


def multiply(left, right):
    """矩阵乘法。"""
    rows, inner = shape(left)
    if shape(right)[0] != inner:
        raise ValueError("左边的列数必须等于右边的行数")
    return [
        [sum(left[row][step] * right[step][column] for step in range(rows)) for column in range(rows)]
        for row in range(rows)
    ]
