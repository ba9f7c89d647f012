import unittest
from itertools import islice

from retrying import Retry
from retrying.testing import Flaky
from retrying.waits import exponential


class Tries(unittest.TestCase):
    def setUp(self):
        self.slept = []

    def retry(self, **fields):
        return Retry(sleep=self.slept.append, **fields)

    def test_as_many_tries_as_asked(self):
        for tries in (1, 2, 3, 5):
            flaky = Flaky(*[OSError(number) for number in range(9)])
            with self.assertRaises(OSError) as caught:
                self.retry(tries=tries).call(flaky)
            self.assertEqual((flaky.calls, caught.exception.args), (tries, (tries - 1,)))

    def test_the_last_try_may_succeed(self):
        flaky = Flaky(OSError(), OSError())
        self.assertEqual(self.retry(tries=3).call(flaky), "ok")

    def test_waits(self):
        self.assertEqual(list(islice(exponential(1, 2, 10), 7)), [1, 2, 4, 8, 10, 10, 10])
        self.assertEqual(list(islice(exponential(5, 3, 5), 3)), [5, 5, 5])
        self.assertEqual(list(islice(exponential(20, 2, 5), 2)), [5, 5])

    def test_no_wait_after_the_last_try(self):
        with self.assertRaises(OSError):
            self.retry(tries=3).call(Flaky(*[OSError() for _ in range(3)]))
        self.assertEqual(self.slept, [1, 2])

    def test_each_call_begins_with_the_first_wait(self):
        retry = self.retry(tries=2)
        for _ in range(2):
            retry.call(Flaky(OSError()))
        self.assertEqual(self.slept, [1, 1])

    def test_other_exceptions_come_through_at_once(self):
        flaky = Flaky(KeyError("x"), OSError())
        with self.assertRaises(KeyError):
            self.retry(on=(OSError,)).call(flaky)
        self.assertEqual((flaky.calls, self.slept), (1, []))

    def test_a_result_of_none(self):
        self.assertIsNone(self.retry().call(Flaky(result=None)))
