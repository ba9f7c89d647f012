from linalg.matrix import multiply, transpose
from linalg.solve import Singular, determinant, solve

__all__ = ["Singular", "determinant", "multiply", "solve", "transpose"]
