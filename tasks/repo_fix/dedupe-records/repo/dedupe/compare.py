"""When two records are the same."""

from collections import Counter

calls = Counter()


def same(one, other):
    """Equal in type and value, at any depth; the order of keys does not matter."""
    calls["same"] += 1
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
