import unittest
from itertools import islice

from itertoolkit import Peekable, chunks, windows


def endless():
    yield from range(1000)
    raise AssertionError("far too many items were taken")


def generated(number):
    return (item for item in range(number))


class Generators(unittest.TestCase):
    def test_chunks_lose_nothing(self):
        for number in range(12):
            for size in (1, 2, 3, 5):
                pieces = list(chunks(generated(number), size))
                self.assertEqual(sum(pieces, []), list(range(number)))
                self.assertTrue(all(len(piece) == size for piece in pieces[:-1]))

    def test_windows(self):
        self.assertEqual(list(windows(generated(4), 2)), [(0, 1), (1, 2), (2, 3)])
        self.assertEqual(list(windows(generated(2), 3)), [])

    def test_laziness(self):
        self.assertEqual(next(chunks(endless(), 3)), [0, 1, 2])
        self.assertEqual(list(islice(windows(endless(), 2), 2)), [(0, 1), (1, 2)])
        source = endless()
        next(chunks(source, 3))
        self.assertEqual(next(source), 3)

    def test_dictionaries_and_sets(self):
        self.assertEqual(list(chunks({"a": 1, "b": 2, "c": 3}, 2)), [["a", "b"], ["c"]])

    def test_sizes(self):
        for function in (chunks, windows):
            with self.assertRaises(ValueError):
                list(function(generated(3), 0))


class Peeking(unittest.TestCase):
    def test_a_default_at_the_end(self):
        ahead = Peekable(generated(1))
        self.assertEqual((ahead.peek("end"), next(ahead), ahead.peek("end"), ahead.peek(None)), (0, 0, "end", None))
        with self.assertRaises(StopIteration):
            ahead.peek()
        with self.assertRaises(StopIteration):
            next(ahead)

    def test_nothing_is_lost_after_a_peek(self):
        ahead = Peekable(generated(3))
        ahead.peek()
        self.assertEqual(list(ahead), [0, 1, 2])

    def test_truth(self):
        self.assertTrue(Peekable([None]))
        self.assertTrue(Peekable([0]))
        self.assertFalse(Peekable([]))
