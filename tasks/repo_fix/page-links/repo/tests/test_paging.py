import unittest

from paging import Pages, render


class Paging(unittest.TestCase):
    def test_middle(self):
        pages = Pages(95, 10, 5)
        self.assertEqual((pages.count, pages.bounds(), pages.window()), (10, (40, 50), [3, 4, 5, 6, 7]))

    def test_render(self):
        self.assertEqual(render(Pages(95, 10, 5), 3), "« 4 [5] 6 »")

    def test_slice(self):
        self.assertEqual(Pages(7, 3, 3).slice("abcdefg"), "g")
