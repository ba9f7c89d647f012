"""Special methods across the channel: which ones an object's class has, and proxy classes that have the same.

A proxy that could be called, iterated and measured whatever it stands for would pass tests that ask just that. So a
reference lists what its object's class can do, and the class of the proxy has these methods and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_CONTAINERS = "len getitem setitem delitem iter next contains reversed"
_SCOPES = "call enter exit bool int float index fspath round"
_NUMBERS = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_ONE_SIDED = "neg pos abs invert eq ne lt le gt ge"
_RIGHT = " ".join(f"r{name}" for name in _NUMBERS.split())
SPECIALS = tuple(f"__{name}__" for name in " ".join((_CONTAINERS, _SCOPES, _NUMBERS, _RIGHT, _ONE_SIDED)).split())


def specials_of(kind: type) -> list[str]:
    """Those special methods that a class has beyond what every object has; looked up without asking the class."""
    return [name for name in SPECIALS if _method(kind, name) is not None]


def _method(kind: type, name: str) -> Any:
    """What a class or a base but `object` defines under a name; None where nothing does, or where it is set to None."""
    return next((vars(base)[name] for base in kind.__mro__[:-1] if name in vars(base)), None)


_classes: dict[tuple[type, frozenset[str]], type] = {}


def proxy_class(base: type, can: object, methods: Mapping[str, Callable[..., Any]]) -> type:
    """A subclass of `base` with those of its `methods` that a reference names."""
    names = frozenset(name for name in methods if isinstance(can, list) and name in can)
    if (base, names) not in _classes:
        hashed = {"__hash__": base.__hash__}  # a class that defines __eq__ loses it (Python data model)
        _classes[base, names] = type(base.__name__, (base,), {name: methods[name] for name in names} | hashed)
    return _classes[base, names]


def call_special(value: object, name: str, *args: object) -> Any:
    """The special method of the class, called as Python does. Raises TypeError for one that it does not have."""
    kind = type(value)
    found = _method(kind, name) if name in SPECIALS else None
    if found is None:
        raise TypeError(f"{kind.__name__} has no {name}")
    bind = getattr(type(found), "__get__", None)  # a mock's is an object that is not bound
    return (found if bind is None else bind(found, value, kind))(*args)
