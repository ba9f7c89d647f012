"""Calling a function again when it fails."""

import time
from functools import wraps

from retrying.waits import exponential


class Retry:
    """Calls up to `tries` times while one of the exceptions `on` is raised.

    `sleep` is called with the seconds between two tries.
    """

    def __init__(self, tries=3, on=(Exception,), base=1.0, factor=2.0, limit=60.0, sleep=time.sleep):
        if tries < 1:
            raise ValueError("tries must be at least 1")
        self.tries = tries
        self.on = on
        self.waits = lambda: exponential(base, factor, limit)
        self.sleep = sleep
        self.log = []

    def call(self, function, *args, **kwargs):
        """The result of the function."""
        waits = self.waits()
        for number in range(1, self.tries):
            try:
                return function(*args, **kwargs)
            except Exception as error:
                self.log.append((number, error))
                if isinstance(error, tuple(self.on)):
                    self.sleep(next(waits))

    def __call__(self, function):
        """As a decorator."""

        @wraps(function)
        def inner(*args, **kwargs):
            return self.call(function, *args, **kwargs)

        return inner
