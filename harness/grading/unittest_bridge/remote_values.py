"""Values of the program whose class derives from a tuple, text or number: named tuples with methods, enums of numbers.

The tests see a real value of the built-in kind: they compare and compute with its content, whatever its class says.
Its further attributes, its text, and how it is iterated, indexed, called and entered are the program's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData
from harness.grading.unittest_bridge.proxies import RpcClient, relayed

CONTENTS: Mapping[type, Callable[[Any], object]] = {
    tuple: lambda value: tuple(tuple.__iter__(value)),
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}
"""The content of an instance, past the methods of its own class."""
TEXTS = ("__str__", "__repr__")
_RELAYED = "call enter exit len getitem iter next reversed"


def _client_of(value: object) -> RpcClient:
    found: RpcClient = object.__getattribute__(value, "_client")
    return found


def _attribute(self: object, name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    return _client_of(self).ask("getattr", self, name)


_BODY: Mapping[str, Callable[..., Any]] = {
    "__getattr__": _attribute,
    "__copy__": lambda self: _client_of(self).ask("copy", self),
    "__deepcopy__": lambda self, _memo: _client_of(self).ask("deepcopy", self),
}
_METHODS: Mapping[str, Callable[..., Any]] = {
    **{name: relayed(name) for name in (f"__{name}__" for name in _RELAYED.split())},
    "__str__": lambda self: str(_client_of(self).ask("str", self)),
    "__repr__": lambda self: str(_client_of(self).ask("repr", self)),
}


def value_proxy(client: RpcClient, wire: Mapping[str, Any], content: object) -> object:
    """A value with that content. Raises NotPlainData for content of another kind."""
    base, can = type(content), wire.get("can")
    if base not in CONTENTS:
        raise NotPlainData(f"a value that is a {base.__name__}")
    methods = {name: _METHODS[name] for name in _METHODS if isinstance(can, list) and name in can}
    kind: Any = type(str(wire.get("type"))[:60], (base,), {**_BODY, **methods})
    new: Any = base.__new__
    made: object = new(kind, content)
    made.__dict__["_client"] = client
    return made
