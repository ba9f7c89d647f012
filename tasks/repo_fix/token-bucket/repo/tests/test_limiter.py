import unittest

from limiter import Limiter, MultiLimiter
from limiter.clock import ManualClock


class Limits(unittest.TestCase):
    def test_burst_then_one_a_second(self):
        clock = ManualClock()
        limiter = Limiter(1, 3, clock)
        self.assertEqual([limiter.allow() for _ in range(4)], [True, True, True, False])
        clock.advance(1)
        self.assertEqual([limiter.allow() for _ in range(2)], [True, False])

    def test_the_bucket_does_not_overflow(self):
        clock = ManualClock()
        limiter = Limiter(1, 3, clock)
        clock.advance(100)
        self.assertEqual(limiter.available, 3)

    def test_per_user(self):
        clock = ManualClock()
        limiter = MultiLimiter((10, 10), (1, 1), clock)
        self.assertEqual([limiter.allow("a"), limiter.allow("a"), limiter.allow("b")], [True, False, True])
