import unittest
from decimal import Decimal

from invoice import capital
from invoice.lines import total_line


class Capital(unittest.TestCase):
    def test_common(self):
        cases = {"12.30": "壹拾贰元叁角整", "1234.56": "壹仟贰佰叁拾肆元伍角陆分", "305": "叁佰零伍元整"}
        self.assertEqual({amount: capital(amount) for amount in cases}, cases)

    def test_total(self):
        self.assertEqual(total_line([Decimal("1.25"), Decimal("2.5")]), "合计 ¥3.75（叁元柒角伍分）")
