import unittest
from decimal import Decimal

from invoice import capital


class Zeros(unittest.TestCase):
    def check(self, cases):
        self.assertEqual({amount: capital(amount) for amount in cases}, cases)

    def test_inside(self):
        self.check({
            "10050.00": "壹万零伍拾元整", "10500": "壹万零伍佰元整", "100500": "壹拾万零伍佰元整", "15000": "壹万伍仟元整",
            "101000": "壹拾万壹仟元整", "1001": "壹仟零壹元整", "20000": "贰万元整", "20300": "贰万零叁佰元整",
            "1010": "壹仟零壹拾元整", "10001": "壹万零壹元整",
        })

    def test_large(self):
        self.check({
            "100000000.00": "壹亿元整", "100000001": "壹亿零壹元整", "100050000": "壹亿零伍万元整",
            "150000000": "壹亿伍仟万元整", "1000000000": "壹拾亿元整", "100001000": "壹亿零壹仟元整",
        })

    def test_jiao_and_fen(self):
        self.check({
            "1.05": "壹元零伍分", "0.50": "伍角整", "0.05": "伍分", "0.29": "贰角玖分", "0": "零元整", "10.10": "壹拾元壹角整",
            "100.01": "壹佰元零壹分", "0.3": "叁角整",
        })

    def test_negative(self):
        self.check({"-1.05": "负壹元零伍分", "-0.10": "负壹角整", "-10050": "负壹万零伍拾元整"})

    def test_types(self):
        self.assertEqual([capital(0.29), capital(Decimal("4.35")), capital(7)], ["贰角玖分", "肆元叁角伍分", "柒元整"])
        for wrong in ("1.005", "x", Decimal("NaN"), ""):
            with self.assertRaises(ValueError):
                capital(wrong)
