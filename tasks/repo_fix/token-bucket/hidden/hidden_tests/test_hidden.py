import unittest

from limiter import Limiter, MultiLimiter
from limiter.clock import ManualClock


def allowed(limiter, clock, step, tries):
    count = 0
    for _ in range(tries):
        clock.advance(step)
        count += limiter.allow()
    return count


class Fractions(unittest.TestCase):
    def test_frequent_tries_get_the_full_rate(self):
        for step in (0.05, 0.01, 0.03, 1 / 7):
            clock = ManualClock()
            limiter = Limiter(10, 10, clock)
            self.assertEqual(sum(limiter.allow() for _ in range(20)), 10)
            tries = round(6 / step)
            got = allowed(limiter, clock, step, tries)
            self.assertLessEqual(abs(got - min(tries, 60)), 1 if step < 0.1 else tries)

    def test_no_more_than_the_rate(self):
        clock = ManualClock()
        limiter = Limiter(3, 1, clock)
        limiter.allow()
        self.assertLessEqual(allowed(limiter, clock, 0.2, 50), 30)
        self.assertGreaterEqual(allowed(limiter, clock, 0.2, 50), 24)

    def test_slow_rates(self):
        clock = ManualClock()
        limiter = Limiter(0.5, 1, clock)
        limiter.allow()
        clock.advance(1.5)
        self.assertFalse(limiter.allow())
        clock.advance(0.5)
        self.assertTrue(limiter.allow())

    def test_available_is_a_whole_number(self):
        clock = ManualClock()
        limiter = Limiter(10, 10, clock)
        for _ in range(10):
            limiter.allow()
        clock.advance(0.25)
        self.assertEqual((limiter.available, type(limiter.available)), (2, int))

    def test_the_wait_is_exact(self):
        clock = ManualClock()
        limiter = Limiter(10, 2, clock)
        limiter.allow(2)
        clock.advance(0.05)
        self.assertAlmostEqual(limiter.wait_s(), 0.05)
        clock.advance(limiter.wait_s())
        self.assertTrue(limiter.allow())


class Several(unittest.TestCase):
    def test_a_refused_user_costs_the_others_nothing(self):
        clock = ManualClock()
        limiter = MultiLimiter((10, 10), (1, 2), clock)
        for _ in range(50):
            limiter.allow("greedy")
        self.assertEqual(sum(limiter.allow(f"u{number}") for number in range(20)), 8)

    def test_a_request_refused_for_all_costs_the_user_nothing(self):
        clock = ManualClock()
        limiter = MultiLimiter((1, 2), (1, 2), clock)
        limiter.allow("a", 2)
        for _ in range(5):
            self.assertFalse(limiter.allow("b", 2))
        clock.advance(2)
        self.assertTrue(limiter.allow("b", 2))
