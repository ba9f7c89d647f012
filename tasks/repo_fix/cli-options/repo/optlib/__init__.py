from optlib.parser import Parser, UsageError

__all__ = ["Parser", "UsageError"]
