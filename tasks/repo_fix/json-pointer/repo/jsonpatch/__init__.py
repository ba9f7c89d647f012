from jsonpatch.patch import PatchError, apply
from jsonpatch.pointer import PointerError, resolve

__all__ = ["PatchError", "PointerError", "apply", "resolve"]
