"""A token bucket."""

from limiter.clock import system_clock


class Limiter:
    """Allows `rate` requests a second, and `burst` of them at once after a pause."""

    def __init__(self, rate, burst, clock=system_clock):
        self.rate = rate
        self.burst = burst
        self.clock = clock
        self._tokens = burst
        self._updated = clock()

    def _refill(self):
        now = self.clock()
        fresh = int((now - self._updated) * self.rate)
        self._tokens = min(self.burst, self._tokens + fresh)
        self._updated = now

    @property
    def available(self):
        """Requests that may be made now."""
        self._refill()
        return self._tokens

    def allow(self, cost=1):
        """Take `cost` tokens if they are there."""
        if cost > self.available:
            return False
        self._tokens -= cost
        return True

    def wait_s(self, cost=1):
        """Seconds until `cost` tokens are there; 0 if they are."""
        if cost > self.burst:
            raise ValueError("more than the bucket holds")
        missing = cost - self.available
        return max(0.0, missing / self.rate)
