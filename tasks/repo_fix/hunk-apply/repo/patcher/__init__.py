from patcher.apply import apply
from patcher.hunks import PatchError, parse

__all__ = ["PatchError", "apply", "parse"]
