import unittest

from warehouse import Orders, Stock, StockError


class OrdersTest(unittest.TestCase):
    def setUp(self):
        self.stock = Stock()
        self.stock.receive("A1", 10)
        self.orders = Orders(self.stock)

    def test_place_and_ship(self):
        self.orders.place("o1", {"A1": 6})
        self.assertEqual(self.stock.available("A1"), 4)
        self.orders.ship("o1", {"A1": 6})
        self.assertEqual((self.stock.on_hand["A1"], self.orders.state("o1")), (4, "shipped"))

    def test_cancel_untouched(self):
        self.orders.place("o1", {"A1": 6})
        self.orders.cancel("o1")
        self.assertEqual(self.stock.available("A1"), 10)

    def test_not_enough(self):
        with self.assertRaises(StockError):
            self.orders.place("o1", {"A1": 11})
