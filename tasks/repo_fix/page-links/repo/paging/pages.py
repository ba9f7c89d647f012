"""分页的计算。"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pages:
    """total 条记录，每页 size 条，当前是第 current 页（从 1 开始）。"""

    total: int
    size: int = 10
    current: int = 1

    def __post_init__(self):
        if self.size < 1 or self.total < 0:
            raise ValueError("size 必须大于零，total 不能是负数")

    @property
    def count(self):
        """总页数。"""
        return self.total // self.size + 1

    @property
    def number(self):
        """当前页码。"""
        return self.current

    def bounds(self):
        """当前页的第一条和最后一条（不含）的位置，从 0 开始。"""
        start = (self.number - 1) * self.size
        return start, start + self.size

    def window(self, width=5):
        """以当前页为中心的页码。"""
        half = width // 2
        first = max(1, self.number - half)
        last = min(self.count, self.number + half)
        return list(range(first, last + 1))

    def slice(self, items):
        """当前页的记录。"""
        start, end = self.bounds()
        return items[start:end]
