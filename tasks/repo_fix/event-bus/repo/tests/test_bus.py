import unittest

from bus import Bus


class Events(unittest.TestCase):
    def setUp(self):
        self.bus, self.seen = Bus(), []

    def test_order_and_patterns(self):
        self.bus.on("user.*", lambda name: self.seen.append(("all", name)))
        self.bus.on("user.new", lambda name: self.seen.append(("new", name)), first=True)
        self.assertEqual((self.bus.emit("user.new", "ann"), self.bus.emit("user.gone", "bob")), (2, 1))
        self.assertEqual(self.seen, [("new", "ann"), ("all", "ann"), ("all", "bob")])

    def test_once(self):
        self.bus.once("x", lambda: self.seen.append(1))
        self.assertEqual((self.bus.emit("x"), self.bus.emit("x"), self.seen), (1, 0, [1]))

    def test_cancelled(self):
        subscription = self.bus.on("x", lambda: self.seen.append(1))
        subscription.cancel()
        subscription.cancel()
        self.assertEqual(self.bus.emit("x"), 0)
