"""An iterator that can be looked ahead."""

_MISSING = object()


class Peekable:
    """Wraps an iterable; `peek` shows the next item without taking it."""

    def __init__(self, items):
        self._iterator = iter(items)
        self._next = _MISSING

    def __iter__(self):
        return self._iterator

    def __next__(self):
        if self._next is not _MISSING:
            item, self._next = self._next, _MISSING
            return item
        return next(self._iterator)

    def peek(self, default=_MISSING):
        """The next item; the default, where one is given, at the end."""
        if self._next is _MISSING:
            self._next = next(self._iterator)
        return self._next

    def __bool__(self):
        """Whether another item follows."""
        return self.peek(None) is not None
