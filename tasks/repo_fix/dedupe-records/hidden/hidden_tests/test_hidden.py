import copy
import unittest

from dedupe import group_same, unique


class Meaning(unittest.TestCase):
    def kept(self, *values):
        return [one["v"] for one in unique([{"v": value} for value in values])]

    def types(self, values):
        return [(type(one), one) for one in values]

    def test_types_differ(self):
        self.assertEqual(self.types(self.kept(1, 1.0, True, "1", 1)), [(int, 1), (float, 1.0), (bool, True), (str, "1")])
        self.assertEqual(len(self.kept([1], [1.0], [True], [[1]])), 4)
        self.assertEqual(len(self.kept(None, 0, "", [], {}, False)), 6)

    def test_order(self):
        self.assertEqual(len(self.kept({"a": 1, "b": 2}, {"b": 2, "a": 1})), 1)
        self.assertEqual(len(self.kept([1, 2], [2, 1])), 2)
        self.assertEqual(len(self.kept({1: "x"}, {"1": "x"}, {"1": "x"})), 2)
        self.assertEqual(len(self.kept({"a": {"x": [1]}}, {"a": {"x": [1]}}, {"a": {"x": [2]}})), 2)

    def test_texts_that_look_alike(self):
        self.assertEqual(len(self.kept("[1]", [1], "{'a': 1}", {"a": 1}, "1, 2", ["1, 2"], ["1", "2"])), 7)

    def test_the_first_itself_is_kept_and_nothing_changed(self):
        records = [{"v": [1], "w": {"b": 1, "a": 2}}, {"w": {"a": 2, "b": 1}, "v": [1]}]
        before = copy.deepcopy(records)
        self.assertIs(unique(records)[0], records[0])
        self.assertEqual((records, list(records[0]["w"])), (before, ["b", "a"]))
        self.assertIs(group_same(records)[0][1], records[1])

    def test_generators(self):
        self.assertEqual(len(unique({"v": number % 3} for number in range(9))), 3)


class Work(unittest.TestCase):
    def test_time_grows_with_the_records(self):
        # Comparing each with each would take many times the seconds that a program has for all of its tests.
        records = [{"name": f"n{number}"} for number in range(12_000)]
        for function in (unique, group_same):
            self.assertEqual(len(function(records)), len(records))
