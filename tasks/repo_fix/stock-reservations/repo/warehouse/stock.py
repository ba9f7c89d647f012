"""库存：每种商品的实际数量和预留数量。"""


class StockError(ValueError):
    """库存不够，或者数量不对。"""


class Stock:
    """按货号记录实际数量（on_hand）和预留数量（reserved）。"""

    def __init__(self):
        self.on_hand = {}
        self.reserved = {}

    def available(self, sku):
        """还可以预留的数量。"""
        return self.on_hand.get(sku, 0) - self.reserved.get(sku, 0)

    def receive(self, sku, quantity):
        """入库。"""
        if quantity <= 0:
            raise StockError(f"{sku}: 数量必须大于零")
        self.on_hand[sku] = self.on_hand.get(sku, 0) + quantity

    def reserve(self, sku, quantity):
        """预留。"""
        if quantity > self.available(sku):
            raise StockError(f"{sku}: 可用 {self.available(sku)}，需要 {quantity}")
        self.reserved[sku] = self.reserved.get(sku, 0) + quantity

    def release(self, sku, quantity):
        """取消预留。"""
        self.reserved[sku] = self.reserved.get(sku, 0) - quantity

    def take(self, sku, quantity):
        """把预留的商品发出。"""
        self.on_hand[sku] -= quantity
        self.reserved[sku] -= quantity
