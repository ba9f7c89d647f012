"""Where the time comes from."""

import time


class ManualClock:
    """A clock for tests: it stands until it is moved."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


def system_clock():
    """Seconds of a clock that never goes back."""
    return time.monotonic()
