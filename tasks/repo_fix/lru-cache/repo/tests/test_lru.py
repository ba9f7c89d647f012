import unittest

from cachelib import LruCache, memoize


class Lru(unittest.TestCase):
    def test_the_oldest_goes(self):
        cache = LruCache(2)
        for number in range(3):
            cache[number] = number
        self.assertEqual(cache.keys(), [1, 2])

    def test_hits_and_misses(self):
        cache = LruCache(2)
        cache["a"] = 1
        self.assertEqual((cache.get("a"), cache.get("b"), cache.hits, cache.misses), (1, None, 1, 1))

    def test_memoize(self):
        calls = []

        @memoize(4)
        def double(number):
            calls.append(number)
            return 2 * number

        self.assertEqual([double(2), double(2), double(3)], [4, 4, 6])
        self.assertEqual(calls, [2, 3])
