import random
import unittest

from versions import newest, parse, satisfies, sort

ORDER = [
    "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1-a", "1.0.1", "1.1.0-rc.2", "1.1.0-rc.10", "1.1.0", "2.0.0",
]


class Order(unittest.TestCase):
    def test_the_order_of_the_specification(self):
        random.seed(1)
        for _ in range(20):
            self.assertEqual(sort(random.sample(ORDER, len(ORDER))), ORDER)

    def test_newest(self):
        self.assertEqual(newest(["2.0.0-rc.10", "2.0.0", "2.0.0-rc.2"]), "2.0.0")
        self.assertEqual(newest(["2.0.0-rc.10", "2.0.0-rc.2"]), "2.0.0-rc.10")
        self.assertEqual(newest(["2.0.0-rc.1", "1.9.0"], pre_releases=False), "1.9.0")

    def test_build_does_not_count(self):
        for sign, holds in (("", True), (">=", True), ("<=", True), (">", False), ("<", False)):
            self.assertIs(satisfies("1.0.0+b", f"{sign}1.0.0+a"), holds, sign)
        self.assertEqual(str(parse("1.0.0+a")), "1.0.0+a")


class Ranges(unittest.TestCase):
    def check(self, text, accepted, refused):
        self.assertEqual([one for one in accepted if not satisfies(one, text)], [])
        self.assertEqual([one for one in refused if satisfies(one, text)], [])

    def test_caret(self):
        self.check("^1.4.0", ["1.4.0", "1.99.0", "1.4.0+x"], ["2.0.0-rc.1", "2.0.0", "1.4.0-rc.1", "1.3.9"])
        self.check("^0.3.1", ["0.3.1", "0.3.9"], ["0.4.0", "0.4.0-a", "0.3.0", "1.0.0"])
        self.check("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.4-a", "0.1.0"])

    def test_tilde(self):
        self.check("~1.4.2", ["1.4.2", "1.4.9"], ["1.5.0-rc.1", "1.5.0", "1.4.1"])

    def test_comparisons(self):
        self.check(">=1.0.0 <2.0.0", ["1.0.0", "1.5.0-rc.1", "2.0.0-rc.1"], ["1.0.0-rc.1", "2.0.0"])
        self.check("1.2.3", ["1.2.3", "1.2.3+b"], ["1.2.3-a", "1.2.4"])
