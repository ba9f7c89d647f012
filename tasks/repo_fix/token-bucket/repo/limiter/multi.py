"""Several limits at once: one for all, one for each user."""

from limiter.bucket import Limiter
from limiter.clock import system_clock


class MultiLimiter:
    """A request must pass the global limit and that of its user."""

    def __init__(self, total, per_user, clock=system_clock):
        self._clock = clock
        self._per_user = per_user
        self._total = Limiter(*total, clock=clock)
        self._users = {}

    def _user(self, name):
        if name not in self._users:
            self._users[name] = Limiter(*self._per_user, clock=self._clock)
        return self._users[name]

    def allow(self, user, cost=1):
        """Whether the request may be made; if so it is counted."""
        return self._total.allow(cost) and self._user(user).allow(cost)

    def wait_s(self, user, cost=1):
        """Seconds until the request would pass."""
        return max(self._total.wait_s(cost), self._user(user).wait_s(cost))
