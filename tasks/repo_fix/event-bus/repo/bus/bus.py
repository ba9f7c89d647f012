"""Sending events to handlers."""

from bus.topics import matches


class HandlerErrors(Exception):
    """What handlers raised, in their order."""

    def __init__(self, errors):
        super().__init__(f"handlers failed: {', '.join(type(error).__name__ for error in errors)}")
        self.errors = list(errors)


class Subscription:
    """A handler of a pattern; `cancel` removes it."""

    def __init__(self, bus, pattern, handler, once):
        self.bus = bus
        self.pattern = pattern
        self.handler = handler
        self.once = once

    def cancel(self):
        """Remove the handler; a second time does nothing."""
        if self in self.bus.subscriptions:
            self.bus.subscriptions.remove(self)


class Bus:
    """Handlers by the patterns of their events, called in the order in which they were added."""

    def __init__(self):
        self.subscriptions = []

    def on(self, pattern, handler, *, once=False, first=False):
        """Add a handler, `first` before all others; returns the subscription."""
        subscription = Subscription(self, pattern, handler, once)
        self.subscriptions.insert(0 if first else len(self.subscriptions), subscription)
        return subscription

    def once(self, pattern, handler):
        """Add a handler of one event."""
        return self.on(pattern, handler, once=True)

    def emit(self, name, *args):
        """Call the handlers; the number of them."""
        called = 0
        for subscription in self.subscriptions:
            if matches(subscription.pattern, name):
                subscription.handler(*args)
                called += 1
                if subscription.once:
                    subscription.cancel()
        return called
