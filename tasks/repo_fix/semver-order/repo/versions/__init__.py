from versions.order import newest, sort
from versions.ranges import satisfies
from versions.version import Version, parse

__all__ = ["Version", "newest", "parse", "satisfies", "sort"]
