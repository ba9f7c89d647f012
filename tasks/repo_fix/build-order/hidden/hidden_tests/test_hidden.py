import unittest

from builder import plan
from builder.errors import CycleError
from builder.plan import levels
from builder.walk import depth_first

DIAMOND = "app: ui api\nui: core\napi: core\ncore:"


class Graphs(unittest.TestCase):
    def test_diamond(self):
        self.assertEqual(plan(DIAMOND), ["core", "ui", "api", "app"])

    def test_levels_of_a_diamond(self):
        self.assertEqual(levels(DIAMOND), [["core"], ["ui", "api"], ["app"]])

    def test_each_target_once(self):
        text = "a: b c d\nb: c d\nc: d\nd:"
        self.assertEqual(plan(text), ["d", "c", "b", "a"])

    def cycle(self, text, wanted=None):
        with self.assertRaises(CycleError) as caught:
            plan(text, wanted)
        return str(caught.exception)

    def test_only_members_of_the_cycle_are_named(self):
        self.assertEqual(self.cycle("a: b\nb: c\nc: b"), "b -> c -> b")
        self.assertEqual(self.cycle("a: x b\nx:\nb: y c\ny: x\nc: b"), "b -> c -> b")

    def test_a_target_that_needs_itself(self):
        self.assertEqual(self.cycle("a: b\nb: b"), "b -> b")

    def test_a_cycle_behind_a_diamond(self):
        self.assertEqual(self.cycle("a: b c\nb: d\nc: d\nd: e\ne: c", "a"), "d -> e -> c -> d")

    def test_a_deep_diamond_is_not_walked_again_and_again(self):
        class Counting(dict):
            looked_up = 0

            def __getitem__(self, name):
                self.looked_up += 1
                return super().__getitem__(name)

        targets = Counting({"n10": [], "m10": []})
        for level in range(10):
            for name in "nm":
                targets[f"{name}{level}"] = [f"n{level + 1}", f"m{level + 1}"]
        self.assertEqual(len(depth_first(targets, "n0", set())), 21)
        self.assertLessEqual(targets.looked_up, 45)
