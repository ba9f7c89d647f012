import unittest

from paging import Pages, render
from paging.render import summary


class Pagination(unittest.TestCase):
    def test_counts(self):
        cases = {0: 1, 1: 1, 9: 1, 10: 1, 11: 2, 19: 2, 20: 2, 21: 3, 100: 10}
        self.assertEqual({total: Pages(total).count for total in cases}, cases)
        self.assertEqual(Pages(5, 1).count, 5)

    def test_windows_keep_their_width(self):
        cases = {1: [1, 2, 3, 4, 5], 2: [1, 2, 3, 4, 5], 3: [1, 2, 3, 4, 5], 6: [4, 5, 6, 7, 8], 9: [6, 7, 8, 9, 10], 10: [6, 7, 8, 9, 10]}
        self.assertEqual({now: Pages(100, 10, now).window(5) for now in cases}, cases)
        self.assertEqual(Pages(30, 10, 3).window(5), [1, 2, 3])
        self.assertEqual(Pages(100, 10, 10).window(4), [7, 8, 9, 10])
        self.assertEqual(Pages(100, 10, 5).window(1), [5])

    def test_pages_out_of_range(self):
        self.assertEqual([Pages(20, 10, now).number for now in (-3, 0, 1, 2, 3, 99)], [1, 1, 1, 2, 2, 2])
        self.assertEqual(Pages(20, 10, 9).slice(list(range(20))), list(range(10, 20)))
        self.assertEqual(render(Pages(20, 10, 7)), "« 1 [2]")

    def test_nothing(self):
        self.assertEqual((Pages(0).window(), Pages(0).slice([]), render(Pages(0)), summary(Pages(0))), ([1], [], "[1]", "没有记录"))

    def test_summary_of_the_last_page(self):
        self.assertEqual(summary(Pages(42, 10, 5)), "第 41–42 条，共 42 条")
        self.assertEqual(summary(Pages(42, 10, 2)), "第 11–20 条，共 42 条")
