import unittest

from logview import errors, parse
from logview.summary import per_hour

TEXT = """2026-03-01 10:00:00 INFO 启动
2026-03-01 10:05:00 ERROR 连接失败
2026-03-01 11:00:00 ERROR 连接失败
2026-03-01 11:30:00 WARN 磁盘快满了
"""


class LogView(unittest.TestCase):
    def test_parse(self):
        entries = parse(TEXT)
        self.assertEqual((len(entries), entries[0].level, entries[0].message), (4, "INFO", "启动"))

    def test_errors(self):
        self.assertEqual([one.title for one in errors(parse(TEXT))], ["2 次：ERROR 连接失败", "1 次：WARN 磁盘快满了"])

    def test_per_hour(self):
        self.assertEqual(per_hour(parse(TEXT)), {"2026-03-01 10": 2, "2026-03-01 11": 2})
