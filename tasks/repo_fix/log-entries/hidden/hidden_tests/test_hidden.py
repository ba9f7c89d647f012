import unittest

from logview import errors, parse

TRACE = """剩下的一行
2026-03-01 10:00:00 ERROR 用户 12 超时
Traceback (most recent call last):
  File "a.py", line 3

ValueError: x
2026-03-01 10:00:01 WARN 队列长度 5
2026-03-01 10:00:02 ERROR 用户 7 超时
  at line 9
2026-03-01 10:00:03 ERROR 别的 1
2026-03-01 10:00:04 WARN 队列长度 80

""".replace("\n    ", "\n")


class Lines(unittest.TestCase):
    def test_details(self):
        entries = parse(TRACE)
        self.assertEqual(len(entries), 5)
        self.assertEqual(
            entries[0].details, ("Traceback (most recent call last):", '  File "a.py", line 3', "", "ValueError: x")
        )
        self.assertEqual([one.details for one in entries[1:]], [(), ("  at line 9",), (), ()])

    def test_text(self):
        self.assertEqual(parse(TRACE)[2].text, "2026-03-01 10:00:02 ERROR 用户 7 超时\n  at line 9")
        again = [(one.text, one.level, one.message, one.details) for one in parse(parse(TRACE)[0].text)]
        self.assertEqual(again, [(one.text, one.level, one.message, one.details) for one in parse(TRACE)[:1]])

    def test_only_lines_before_the_first_entry(self):
        self.assertEqual(parse("a\nb\n"), [])


class Groups(unittest.TestCase):
    def test_numbers_do_not_count(self):
        found = [(one.count, one.first.message) for one in errors(parse(TRACE))]
        self.assertEqual(found, [(2, "用户 12 超时"), (2, "队列长度 5"), (1, "别的 1")])

    def test_ties_keep_the_order_of_the_file(self):
        text = "\n".join(f"2026-03-01 10:00:0{n} ERROR {word}" for n, word in enumerate(["a", "c", "b"]))
        self.assertEqual([one.first.message for one in errors(parse(text))], ["a", "c", "b"])

    def test_levels_differ(self):
        text = "2026-03-01 10:00:00 ERROR x 1\n2026-03-01 10:00:01 WARN x 2"
        self.assertEqual(len(errors(parse(text))), 2)

    def test_the_first_entry_has_its_details(self):
        self.assertEqual(len(errors(parse(TRACE))[0].first.details), 4)
