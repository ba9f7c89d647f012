"""订单：预留、发货、取消。"""

from warehouse.stock import StockError


class Orders:
    """按订单号记录每种商品的数量。"""

    def __init__(self, stock):
        self.stock = stock
        self._lines = {}
        self._state = {}

    def place(self, number, lines):
        """下单并预留所有商品。"""
        if number in self._lines:
            raise StockError(f"订单 {number} 已经存在")
        for sku, quantity in lines.items():
            self.stock.reserve(sku, quantity)
        self._lines[number] = dict(lines)
        self._state[number] = "open"

    def ship(self, number, lines):
        """发出订单的一部分或全部。"""
        if self._state.get(number) != "open":
            raise StockError(f"订单 {number} 不能发货")
        for sku, quantity in lines.items():
            self.stock.take(sku, quantity)
        if all(not self.stock.reserved.get(sku) for sku in self._lines[number]):
            self._state[number] = "shipped"

    def cancel(self, number):
        """取消订单，还没有发出的商品重新可用。"""
        for sku, quantity in self._lines[number].items():
            self.stock.release(sku, quantity)
        self._state[number] = "cancelled"

    def state(self, number):
        """open、shipped 或 cancelled。"""
        return self._state[number]
