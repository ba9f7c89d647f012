import unittest

from itertoolkit import Peekable, chunks, windows
from itertoolkit.chunking import flatten


class Lists(unittest.TestCase):
    def test_chunks(self):
        self.assertEqual(list(chunks([1, 2, 3, 4, 5], 2)), [[1, 2], [3, 4], [5]])

    def test_windows(self):
        self.assertEqual(list(windows([1, 2, 3], 2)), [(1, 2), (2, 3)])
        self.assertEqual(list(windows([1], 2)), [])

    def test_peek(self):
        ahead = Peekable([1, 2])
        self.assertEqual((ahead.peek(), next(ahead), next(ahead)), (1, 1, 2))

    def test_flatten(self):
        self.assertEqual(list(flatten([1, (2, [3])])), [1, 2, 3])
