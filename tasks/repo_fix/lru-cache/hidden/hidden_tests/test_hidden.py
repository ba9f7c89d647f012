import unittest

from cachelib import LruCache, memoize


def filled(*keys, capacity=3):
    cache = LruCache(capacity)
    for key in keys:
        cache[key] = key.upper()
    return cache


class Use(unittest.TestCase):
    def test_reading_counts(self):
        for read in (lambda cache: cache["a"], lambda cache: cache.get("a")):
            cache = filled("a", "b", "c")
            read(cache)
            cache["d"] = "D"
            self.assertEqual(cache.keys(), ["c", "a", "d"])

    def test_storing_again_counts(self):
        cache = filled("a", "b", "c")
        cache["a"] = "new"
        cache["d"] = "D"
        self.assertEqual((cache.keys(), cache["a"]), (["c", "a", "d"], "new"))

    def test_storing_again_evicts_nothing(self):
        gone = []
        cache = LruCache(2, on_evict=lambda key, value: gone.append((key, value)))
        cache["a"] = 1
        cache["b"] = 2
        cache["b"] = 3
        self.assertEqual((len(cache), gone), (2, []))
        cache["c"] = 4
        self.assertEqual(gone, [("a", 1)])

    def test_asking_does_not_count(self):
        cache = filled("a", "b", "c")
        self.assertIn("a", cache)
        cache["d"] = "D"
        self.assertNotIn("a", cache)

    def test_a_missing_key_changes_nothing(self):
        cache = filled("a", "b")
        self.assertIsNone(cache.get("x"))
        with self.assertRaises(KeyError):
            cache["x"]
        self.assertEqual(cache.keys(), ["a", "b"])

    def test_values_that_are_false(self):
        calls = []

        @memoize(2)
        def nothing(number):
            calls.append(number)

        for number in (1, 2, 1, 3, 1):
            nothing(number)
        self.assertEqual(calls, [1, 2, 3])
