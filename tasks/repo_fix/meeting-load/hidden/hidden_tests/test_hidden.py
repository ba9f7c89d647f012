import random
import unittest
from functools import total_ordering

from rooms import busy_spans, peak
from rooms.booking import Booking


@total_ordering
class Moment:
    compared = 0

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        Moment.compared += 1
        return self.value == other.value

    def __lt__(self, other):
        Moment.compared += 1
        return self.value < other.value

    def __hash__(self):
        raise TypeError("moments are compared, not hashed")


def bookings_of(count, length):
    random.seed(count)
    starts = [random.randint(0, 10 * count) for _ in range(count)]
    return [Booking(Moment(start), Moment(start + random.randint(0, length))) for start in starts]


class Work(unittest.TestCase):
    def counted(self, function, bookings):
        Moment.compared = 0
        function(bookings)
        return Moment.compared

    def test_comparisons_grow_little_faster_than_the_bookings(self):
        for function in (peak, busy_spans):
            for length in (5, 400):
                self.assertLess(self.counted(function, bookings_of(60, length)), 60 * 29, function.__name__)


class Results(unittest.TestCase):
    def test_against_counting_each_minute(self):
        random.seed(5)
        for _ in range(200):
            spans = [(start, start + random.randint(0, 4)) for start in random.choices(range(12), k=random.randint(0, 8))]
            bookings = [Booking(start, end) for start, end in spans]
            minutes = [sum(start <= minute < end for start, end in spans) for minute in range(18)]
            self.assertEqual(peak(bookings), max(minutes))
            used = {minute for minute, count in enumerate(minutes) if count}
            self.assertEqual({m for start, end in busy_spans(bookings) for m in range(start, end)}, used)

    def test_touching_spans_are_one_and_empty_bookings_none(self):
        self.assertEqual(busy_spans([Booking(3, 5), Booking(1, 3), Booking(7, 7), Booking(9, 10)]), [(1, 5), (9, 10)])
        self.assertEqual(peak([Booking(2, 2), Booking(2, 2)]), 0)
        self.assertEqual(peak([Booking(1, 2), Booking(2, 3)]), 1)

    def test_a_generator_of_bookings(self):
        self.assertEqual(peak(booking for booking in [Booking(1, 3), Booking(2, 4)]), 2)
        self.assertEqual(busy_spans(booking for booking in [Booking(1, 3), Booking(2, 4)]), [(1, 4)])
