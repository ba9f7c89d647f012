"""Remembering the results of a function."""

from functools import wraps

from cachelib.lru import LruCache

_MISSING = object()


def memoize(capacity=128):
    """A decorator: results by positional arguments, at most `capacity` of them."""

    def decorate(function):
        cache = LruCache(capacity)

        @wraps(function)
        def inner(*args):
            found = cache.get(args, _MISSING)
            if found is _MISSING:
                found = cache[args] = function(*args)
            return found

        inner.cache = cache
        return inner

    return decorate
