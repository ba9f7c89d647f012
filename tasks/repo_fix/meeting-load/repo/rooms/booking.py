"""A booking of a room."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Booking:
    """From `start` until `end`, which is not included."""

    start: object
    end: object
    title: str = ""

    def __post_init__(self):
        if self.end < self.start:
            raise ValueError("a booking must not end before it starts")
