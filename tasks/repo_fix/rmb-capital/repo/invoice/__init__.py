from invoice.capital import capital

__all__ = ["capital"]
