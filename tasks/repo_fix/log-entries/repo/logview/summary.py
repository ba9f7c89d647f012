"""统计日志。"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """同一种错误：次数和第一条日志。"""

    count: int
    first: object

    @property
    def title(self):
        return f"{self.count} 次：{self.first.level} {self.first.message}"


def _kind(entry):
    return entry.level, entry.message


def errors(entries, levels=("WARN", "ERROR")):
    """各种错误，次数多的在前面。"""
    groups = {}
    for entry in entries:
        if entry.level in levels:
            groups.setdefault(_kind(entry), []).append(entry)
    found = [Group(len(group), group[0]) for group in groups.values()]
    return sorted(found, key=lambda group: (group.count, group.first.message), reverse=True)


def per_hour(entries):
    """每个小时的日志条数。"""
    counts = {}
    for entry in entries:
        hour = entry.at[:13]
        counts[hour] = counts.get(hour, 0) + 1
    return counts
