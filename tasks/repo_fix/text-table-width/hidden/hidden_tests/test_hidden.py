import unittest

from texttable import render
from texttable.width import display_width, pad, shorten


class Width(unittest.TestCase):
    def test_widths(self):
        cases = {"abc": 3, "苹果": 4, "，": 2, "Ａ": 2, "ｱ": 1, "e\u0301": 1, "한글": 4, "": 0, "a中b": 4}
        self.assertEqual({text: display_width(text) for text in cases}, cases)

    def test_padding(self):
        self.assertEqual(pad("中", 4), "中  ")
        self.assertEqual(pad("中", 5, "right"), "   中")
        self.assertEqual(pad("中", 5, "center"), " 中  ")

    def test_shortened_by_width(self):
        self.assertEqual(shorten("中文字符", 8), "中文字符")
        self.assertEqual(shorten("中文字符", 7), "中文字…")
        self.assertEqual(shorten("中文字符", 6), "中文…")
        self.assertEqual(shorten("cafe\u0301 noir", 6), "cafe\u0301 …")
        for width in range(2, 12):
            self.assertLessEqual(display_width(shorten("价格：１２3元 ok", width)), width)

    def test_table(self):
        found = render(["名称", "qty"], [["苹果", "3"], ["kiwi", "12"]])
        self.assertEqual(found, "名称 | qty\n-----+----\n苹果 |   3\nkiwi |  12")

    def test_all_lines_reach_the_same_bar(self):
        lines = render(["品名", "b"], [["橙汁（大）", "x"], ["tea", "y"]]).split("\n")
        places = {display_width(line[: line.index("|")]) for line in lines if "|" in line}
        self.assertEqual(len(places), 1)
