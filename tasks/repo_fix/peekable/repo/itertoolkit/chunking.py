"""Cutting iterables into pieces."""

from itertools import islice


def chunks(items, size):
    """Lists of `size` items; the last may be shorter."""
    if size < 1:
        raise ValueError("size must be at least 1")
    if hasattr(items, "__getitem__"):
        for start in range(0, len(items), size):
            yield list(items[start : start + size])
        return
    iterator = iter(items)
    for _ in iterator:
        piece = list(islice(iterator, size))
        if piece:
            yield piece


def windows(items, size):
    """Tuples of `size` neighbours, one starting at each item."""
    if size < 1:
        raise ValueError("size must be at least 1")
    count = sum(1 for _ in items)
    items = list(items)
    for start in range(count - size + 1):
        window = tuple(items[start : start + size])
        if len(window) == size:
            yield window


def flatten(items):
    """The items of nested lists and tuples."""
    for item in items:
        if isinstance(item, list | tuple):
            yield from flatten(item)
        else:
            yield item
