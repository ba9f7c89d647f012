from cachelib.lru import LruCache
from cachelib.memo import memoize

__all__ = ["LruCache", "memoize"]
