import random
import unittest

from routes import Network, reachable, shortest


def slow_shortest(network, start, end):
    best = None

    def walk(path, length):
        nonlocal best
        if path[-1] == end and (best is None or (length, len(path), path) < best):
            best = (length, len(path), path)
        for there, road in network.neighbours(path[-1]).items():
            if there not in path:
                walk([*path, there], length + road)

    walk([start], 0)
    return best and (best[0], best[2])


class Ways(unittest.TestCase):
    def test_a_later_road_may_be_shorter(self):
        network = Network.from_text("A B 4\nA C 1\nC B 1\nB D 5")
        self.assertEqual(shortest(network, "A", "D"), (7, ["A", "C", "B", "D"]))

    def test_roads_of_no_length(self):
        network = Network.from_text("A B 0\nB C 0\nA C 1")
        self.assertEqual(shortest(network, "A", "C"), (0, ["A", "B", "C"]))
        self.assertEqual(reachable(network, "A"), {"A", "B", "C"})

    def test_ties(self):
        self.assertEqual(shortest(Network.from_text("A B 1\nB C 1\nA C 2"), "A", "C"), (2, ["A", "C"]))
        self.assertEqual(shortest(Network.from_text("A Z 1\nZ D 1\nA M 1\nM D 1"), "A", "D"), (2, ["A", "M", "D"]))

    def test_unknown_and_unreachable(self):
        network = Network.from_text("A B 1\nX Y 1")
        self.assertIsNone(shortest(network, "A", "Y"))
        for start, end in (("A", "Q"), ("Q", "A"), ("Q", "Q")):
            with self.assertRaises(KeyError) as caught:
                shortest(network, start, end)
            self.assertEqual(caught.exception.args, ("Q",))

    def test_random_networks(self):
        random.seed(2)
        for _ in range(60):
            network = Network()
            for _ in range(9):
                network.add(*random.sample("ABCDEF", 2), random.randint(0, 4), one_way=random.random() < 0.3)
            places = sorted(network.roads)
            self.assertEqual(shortest(network, places[0], places[-1]), slow_shortest(network, places[0], places[-1]))

    def test_the_work_is_bounded(self):
        asked, neighbours = [], Network.neighbours
        self.addCleanup(setattr, Network, "neighbours", neighbours)
        Network.neighbours = lambda network, place: (asked.append(place), neighbours(network, place))[1]
        network = Network()
        for level in range(12):
            for here in "ab":
                for there in "ab":
                    network.add(f"{here}{level}", f"{there}{level + 1}", 1, one_way=True)
        self.assertEqual(shortest(network, "a0", "b12")[0], 12)
        self.assertLess(len(asked), 60)
