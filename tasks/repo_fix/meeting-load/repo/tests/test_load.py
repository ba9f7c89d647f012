import unittest

from rooms import busy_spans, peak
from rooms.booking import Booking
from rooms.load import conflicts, from_text


class Load(unittest.TestCase):
    def test_peak(self):
        bookings = from_text("09:00-10:00 a\n09:30-11:00 b\n10:00-12:00 c")
        self.assertEqual(peak(bookings), 2)
        self.assertEqual(peak([]), 0)

    def test_spans(self):
        bookings = [Booking(1, 3), Booking(7, 8), Booking(2, 4), Booking(4, 5)]
        self.assertEqual(busy_spans(bookings), [(1, 5), (7, 8)])

    def test_conflicts(self):
        bookings = [Booking(1, 3), Booking(2, 4), Booking(4, 5)]
        self.assertEqual(conflicts(bookings), [(bookings[0], bookings[1])])
