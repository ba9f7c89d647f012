"""Reading a statement: lines `date;text;amount`."""

from dataclasses import dataclass

from bankimport.amounts import to_cents


class ImportFailed(ValueError):
    """A statement that cannot be read; says in which line."""


@dataclass(frozen=True)
class Booking:
    date: str
    text: str
    cents: int


def read(text):
    """The bookings of a statement."""
    bookings = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split(";")
        if len(fields) != 3:
            raise ImportFailed(f"line {number}: {len(fields)} fields, expected 3")
        date, what, amount = (field.strip() for field in fields)
        bookings.append(Booking(date, what, to_cents(amount)))
    return bookings
