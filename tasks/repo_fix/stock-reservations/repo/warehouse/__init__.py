from warehouse.orders import Orders
from warehouse.stock import Stock, StockError

__all__ = ["Orders", "Stock", "StockError"]
