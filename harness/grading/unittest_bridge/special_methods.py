"""The special methods of an object on the other side: which its class has, and stand-in classes that have the same.

A stand-in that could be called, iterated and measured whatever it stands for would pass tests that ask just that. So a
reference says what its class can do, and the class of its stand-in has these methods and no others.

Not covered: what a method does, which is the stand-in's (remote, stage); special methods outside the list.
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
    """What a class or a base but `object` defines under a name; None where it does not, or says that it has none."""
    return next((vars(base)[name] for base in kind.__mro__[:-1] if name in vars(base)), None)


_made: dict[tuple[type, frozenset[str]], type] = {}


def proxy_class(base: type, can: object, methods: Mapping[str, Callable[..., Any]]) -> type:
    """A subclass of `base` with those of its `methods` that a reference names."""
    names = frozenset(name for name in methods if isinstance(can, list) and name in can)
    if (base, names) not in _made:
        hashed = {"__hash__": base.__hash__}  # defining equality takes it away
        _made[base, names] = type(base.__name__, (base,), {name: methods[name] for name in names} | hashed)
    return _made[base, names]


def call_special(value: object, name: str, *args: object) -> Any:
    """The special method of the class, called as Python does. Raises TypeError for one that it does not have."""
    kind = type(value)
    found = _method(kind, name) if name in SPECIALS else None
    if found is None:
        raise TypeError(f"{kind.__name__} has no {name}")
    bind = getattr(type(found), "__get__", None)  # a mock's is an object that is not bound
    return (found if bind is None else bind(found, value, kind))(*args)
