"""Walking a graph of targets."""

from builder.errors import CycleError


def depth_first(targets, start, done):
    """The targets that `start` needs and itself, each after what it needs; `done` are left out and added to."""
    order, path, seen = [], [], set()

    def visit(name):
        if name in done:
            return
        if name in seen:
            raise CycleError([*path, name])
        seen.add(name)
        path.append(name)
        for other in targets[name]:
            visit(other)
        order.append(name)

    visit(start)
    done.update(order)
    return order
