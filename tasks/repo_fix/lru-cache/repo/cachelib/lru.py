"""A cache of bounded size that drops the least recently used entry."""


class LruCache:
    """A mapping with at most `capacity` entries."""

    def __init__(self, capacity, on_evict=None):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.on_evict = on_evict
        self.hits = self.misses = 0
        self._entries = {}

    def __len__(self):
        return len(self._entries)

    def __contains__(self, key):
        return key in self._entries

    def __getitem__(self, key):
        if key not in self._entries:
            self.misses += 1
            raise KeyError(key)
        self.hits += 1
        return self._entries[key]

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __setitem__(self, key, value):
        self._entries[key] = value
        if len(self._entries) > self.capacity:
            self._evict()

    def _evict(self):
        oldest = next(iter(self._entries))
        value = self._entries.pop(oldest)
        if self.on_evict:
            self.on_evict(oldest, value)

    def keys(self):
        """The keys, the next to go first."""
        return list(self._entries)

    def clear(self):
        self._entries.clear()
