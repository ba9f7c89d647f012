import unittest

from retrying import Retry
from retrying.testing import Flaky


class Retries(unittest.TestCase):
    def test_success(self):
        self.assertEqual(Retry(sleep=lambda seconds: None).call(Flaky()), "ok")

    def test_again(self):
        flaky = Flaky(OSError())
        self.assertEqual(Retry(tries=3, sleep=lambda seconds: None).call(flaky), "ok")
        self.assertEqual(flaky.calls, 2)

    def test_decorator(self):
        @Retry(sleep=lambda seconds: None)
        def double(number):
            return 2 * number

        self.assertEqual((double(4), double.__name__), (8, "double"))
