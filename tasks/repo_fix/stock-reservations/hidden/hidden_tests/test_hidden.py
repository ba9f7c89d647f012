import unittest

from warehouse import Orders, Stock, StockError


class Reservations(unittest.TestCase):
    def setUp(self):
        self.stock = Stock()
        self.stock.receive("A1", 10)
        self.stock.receive("B2", 3)
        self.orders = Orders(self.stock)

    def figures(self, sku="A1"):
        return self.stock.on_hand.get(sku, 0), self.stock.reserved.get(sku, 0), self.stock.available(sku)

    def test_cancel_after_a_part_was_shipped(self):
        self.orders.place("o1", {"A1": 6})
        self.orders.ship("o1", {"A1": 2})
        self.assertEqual(self.figures(), (8, 4, 4))
        self.orders.cancel("o1")
        self.assertEqual(self.figures(), (8, 0, 8))

    def test_cancelled_twice(self):
        self.orders.place("o1", {"A1": 6})
        self.orders.place("o2", {"A1": 2})
        self.orders.cancel("o1")
        with self.assertRaises(StockError):
            self.orders.cancel("o1")
        self.assertEqual(self.figures(), (10, 2, 8))

    def test_shipped_orders_cannot_be_cancelled(self):
        self.orders.place("o1", {"A1": 6})
        self.orders.ship("o1", {"A1": 6})
        with self.assertRaises(StockError):
            self.orders.cancel("o1")
        self.assertEqual(self.figures(), (4, 0, 4))

    def test_more_than_the_order_has(self):
        self.orders.place("o1", {"A1": 2})
        self.orders.place("o2", {"A1": 5, "B2": 1})
        for lines in ({"A1": 3}, {"B2": 1}, {"A1": 1, "B2": 1}, {"A1": 0}, {"A1": -1}):
            with self.assertRaises(StockError):
                self.orders.ship("o1", lines)
        self.assertEqual((self.figures(), self.figures("B2")), ((10, 7, 3), (3, 1, 2)))

    def test_two_orders_of_the_same_article(self):
        self.orders.place("o1", {"A1": 2})
        self.orders.place("o2", {"A1": 5})
        self.orders.ship("o1", {"A1": 2})
        self.assertEqual((self.orders.state("o1"), self.orders.state("o2")), ("shipped", "open"))

    def test_a_failed_order_reserves_nothing(self):
        for lines in ({"A1": 4, "B2": 9}, {"A1": 4, "B2": 0}, {"A1": 4, "C3": 1}):
            with self.assertRaises(StockError):
                self.orders.place("o1", lines)
        self.assertEqual(self.figures(), (10, 0, 10))
        self.orders.place("o1", {"A1": 4})

    def test_the_given_lines_are_not_changed(self):
        lines = {"A1": 4}
        self.orders.place("o1", lines)
        self.orders.ship("o1", {"A1": 1})
        self.assertEqual(lines, {"A1": 4})
