"""把日志文本拆成一条一条的日志。"""

import re
from dataclasses import dataclass

_HEAD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (DEBUG|INFO|WARN|ERROR) (.*)")


@dataclass(frozen=True)
class Entry:
    """一条日志；details 是第一行之后的各行。"""

    at: str
    level: str
    message: str
    details: tuple = ()

    @property
    def text(self):
        """原来的文本。"""
        return "\n".join([f"{self.at} {self.level} {self.message}", *self.details])


def parse(text):
    """文本里的所有日志。"""
    entries = []
    for line in text.splitlines():
        found = _HEAD.fullmatch(line.strip())
        if found:
            entries.append(Entry(*found.groups()))
    return entries
