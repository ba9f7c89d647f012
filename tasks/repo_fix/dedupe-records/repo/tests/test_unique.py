import unittest

from dedupe import group_same, unique
from dedupe.unique import count_duplicates, report


class Unique(unittest.TestCase):
    def test_first_is_kept(self):
        records = [{"a": 1}, {"b": [1]}, {"a": 1}, {"b": [2]}]
        self.assertEqual(unique(records), [{"a": 1}, {"b": [1]}, {"b": [2]}])
        self.assertEqual(count_duplicates(records), 1)

    def test_groups(self):
        self.assertEqual(group_same([{"a": 1}, {"a": 2}, {"a": 1}]), [[{"a": 1}, {"a": 1}], [{"a": 2}]])

    def test_report(self):
        self.assertEqual(report([{"b": 2, "a": 1}, {"a": 1, "b": 2}]), ["2x a=1, b=2"])
