import unittest

from routes import Network, reachable, shortest


class Routes(unittest.TestCase):
    def test_a_chain(self):
        network = Network.from_text("A B 2\nB C 3")
        self.assertEqual(shortest(network, "A", "C"), (5, ["A", "B", "C"]))
        self.assertEqual(shortest(network, "A", "A"), (0, ["A"]))

    def test_one_way(self):
        network = Network.from_text("A > B 2")
        self.assertIsNone(shortest(network, "B", "A"))
        self.assertEqual(reachable(network, "B"), {"B"})

    def test_the_shorter_of_two_roads(self):
        self.assertEqual(shortest(Network().add("A", "B", 5).add("A", "B", 3), "A", "B"), (3, ["A", "B"]))
