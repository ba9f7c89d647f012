"""The order in which targets are built."""

from builder.project import parse
from builder.walk import depth_first


def plan(text, wanted=None):
    """The targets in an order in which each comes after what it needs; all of them, or what `wanted` needs."""
    targets = parse(text)
    done, order = set(), []
    for name in [wanted] if wanted else targets:
        order += depth_first(targets, name, done)
    return order


def levels(text):
    """Targets that can be built at the same time, level after level."""
    targets = parse(text)
    depth = {}
    for name in plan(text):
        depth[name] = 1 + max((depth[other] for other in targets[name]), default=-1)
    found = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, level in depth.items():
        found[level].append(name)
    return found
