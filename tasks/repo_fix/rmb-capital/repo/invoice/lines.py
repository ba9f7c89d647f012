"""发票的行。"""

from invoice.capital import capital


def total_line(amounts):
    """合计行：小写和大写。"""
    total = sum(amounts)
    return f"合计 ¥{total:.2f}（{capital(total)}）"
