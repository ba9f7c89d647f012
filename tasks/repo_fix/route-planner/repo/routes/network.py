"""Places and the roads between them."""


class Network:
    """Lengths of roads by place and neighbour; roads go both ways unless they are marked as one-way."""

    def __init__(self):
        self.roads = {}

    def add(self, start, end, length, *, one_way=False):
        """Add a road; of two roads between the same places the shorter counts."""
        if length < 0:
            raise ValueError("a road must not have a negative length")
        for here, there in ((start, end), (end, start)):
            known = self.roads.setdefault(here, {})
            if one_way and here == end:
                continue
            known[there] = min(length, known.get(there, length))
        return self

    @classmethod
    def from_text(cls, text):
        """Lines `A B 4`, or `A > B 4` for one way."""
        network = cls()
        for line in text.splitlines():
            words = line.split()
            if not words:
                continue
            one_way = words[1] == ">"
            start, end, length = [word for word in words if word != ">"]
            network.add(start, end, float(length), one_way=one_way)
        return network

    def neighbours(self, place):
        """Neighbours of a place with the length of the road."""
        return {there: length for there, length in self.roads.get(place, {}).items() if length}
