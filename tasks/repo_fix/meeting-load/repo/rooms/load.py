"""How busy a building is."""

from rooms.booking import Booking


def _overlaps(one, other):
    return one.start < other.end and other.start < one.end


def peak(bookings):
    """The most bookings at one moment."""
    most = 0
    for booking in bookings:
        if not booking.start < booking.end:
            continue
        at_start = [other for other in bookings if _contains(other, booking.start)]
        most = max(most, len(at_start))
    return most


def _contains(booking, moment):
    return booking.start <= moment and moment < booking.end


def busy_spans(bookings):
    """Spans in which at least one room is in use, in order; spans that touch are one."""
    spans = []
    for booking in bookings:
        if not booking.start < booking.end:
            continue
        start, end = booking.start, booking.end
        apart = []
        for span in spans:
            if span[1] < start or end < span[0]:
                apart.append(span)
            else:
                start, end = min(start, span[0]), max(end, span[1])
        spans = [*apart, (start, end)]
    return sorted(spans)


def conflicts(bookings):
    """Pairs of bookings of the same room that overlap."""
    bookings = list(bookings)
    return [
        (one, other)
        for place, one in enumerate(bookings)
        for other in bookings[place + 1 :]
        if _overlaps(one, other)
    ]


def from_text(text):
    """Bookings of lines `09:00-10:30 Title`."""
    found = []
    for line in text.splitlines():
        span, _, title = line.strip().partition(" ")
        start, _, end = span.partition("-")
        found.append(Booking(start, end, title))
    return found
