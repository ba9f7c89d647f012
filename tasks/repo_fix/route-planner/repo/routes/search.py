"""Finding ways."""

from heapq import heappop, heappush


def reachable(network, start):
    """All places that can be reached, the start too."""
    seen, waiting = {start}, [start]
    while waiting:
        for there in network.neighbours(waiting.pop()):
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return seen


def shortest(network, start, end):
    """(length, places) of the shortest way; None where there is none."""
    heap = [(0, [start])]
    seen = {start}
    while heap:
        length, path = heappop(heap)
        if path[-1] == end:
            return length, path
        for there, road in network.neighbours(path[-1]).items():
            if there not in seen:
                seen.add(there)
                heappush(heap, (length + road, [*path, there]))
    return None
