"""Objects of the program as the tests see them: every use of one is a question to the program.

They are equal to nothing but themselves: whether two values are alike is never left to the program. Where a test
compares or computes with an object of a library's class that defines this, and that in one process might well be equal,
the tests are given up (`Asking.give_up`); the program's own class is simply not equal. `__class__` says what the
program says of it, so that tests of the kind "is it an Axes?" can be asked.

Not covered: which objects stay with the program (bridge), what the program may ask of the tests (unittests).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol

from harness.grading.unittest_bridge.special_methods import SPECIALS, proxy_class

_READABLE_DUNDERS = frozenset(("__name__", "__doc__", "__qualname__", "__module__", "__version__"))
_RELAYED = """
call getitem setitem delitem len iter next reversed enter exit bool int float index fspath round
"""
_COMPARISONS_BY_METHOD = frozenset(("equals", "allclose", "identical", "array_equal", "almost_equals"))


class RpcClient(Protocol):
    """The tests' end of the bridge."""

    def ask(self, do: str, *args: object, name: str = "", kwargs: Mapping[str, object] | None = None) -> Any:
        """The program's answer, or its exception, raised."""

    def give_up(self, why: str) -> NoReturn:
        """End the tests: they cannot be run apart from the program."""


class RemoteProxy:
    """An object that stays with the program. `kind`: the library's class it says to be of; None: one of its own."""

    __slots__ = ("_bridge", "_can", "_kind", "_number", "_type")

    def __init__(self, bridge: RpcClient, wire: Mapping[str, Any], kind: type | None) -> None:
        put = object.__setattr__
        put(self, "_bridge", bridge)
        put(self, "_number", wire.get("id"))
        put(self, "_type", str(wire.get("type"))[:60])
        put(self, "_can", wire.get("can"))
        put(self, "_kind", kind)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        kind: type | None = object.__getattribute__(self, "_kind")
        return RemoteProxy if kind is None else kind

    def __hash__(self) -> int:
        return hash(object.__getattribute__(self, "_number"))

    def __eq__(self, other: object) -> bool:
        if other is self or other is None or not _defines_equality(self):
            return other is self
        if not _is_own(self) or (isinstance_of_remote(other) and _is_own(other)):
            _give_up(self, "__eq__")
        return False  # though it may say that it is equal to everything

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in _READABLE_DUNDERS:
            raise AttributeError(name)  # numpy would read memory where `__array_interface__` tells it to
        if name in _COMPARISONS_BY_METHOD:
            _give_up(self, name)
        return _bridge_of(self).ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _bridge_of(self).ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        _bridge_of(self).ask("delattr", self, name)

    def __str__(self) -> str:
        return str(_bridge_of(self).ask("str", self))

    def __repr__(self) -> str:
        return str(_bridge_of(self).ask("repr", self))


def make_proxy(bridge: RpcClient, wire: Mapping[str, Any], kind: type | None) -> RemoteProxy:
    """A stand-in with the special methods that the reference names."""
    made: RemoteProxy = proxy_class(RemoteProxy, wire.get("can"), _METHODS)(bridge, wire, kind)
    return made


def isinstance_of_remote(value: object) -> bool:
    """Whether a value is a stand-in, whatever class it says it has."""
    return issubclass(type(value), RemoteProxy)


def number_of_remote(value: object) -> object:
    """The number of the object that a stand-in stands for; None for what is no stand-in."""
    return object.__getattribute__(value, "_number") if isinstance_of_remote(value) else None


def type_of_remote(value: object) -> str:
    """The name of the class that a stand-in says to be of."""
    return str(object.__getattribute__(value, "_type"))


def _bridge_of(one: object) -> RpcClient:
    found: RpcClient = object.__getattribute__(one, "_bridge")
    return found


def _is_own(one: object) -> bool:
    return object.__getattribute__(one, "_kind") is None


def _defines_equality(one: object) -> bool:
    can = object.__getattribute__(one, "_can")
    return isinstance(can, list) and "__eq__" in can


def _give_up(one: object, name: str) -> NoReturn:
    kind = type_of_remote(one)
    _bridge_of(one).give_up(f"a test uses {name} of an object of type {kind}, which cannot leave the program")


def _relayed(name: str) -> Callable[..., Any]:
    """A special method whose answer is data or another stand-in."""

    def ask(self: RemoteProxy, /, *args: object, **kwargs: object) -> object:
        if name == "__call__":
            return _bridge_of(self).ask("apply", self, *args, kwargs=kwargs)
        if name == "__exit__":
            args = (*args[:2], None)  # a traceback stays where it is
        return _bridge_of(self).ask("special", self, name, *args)

    return ask


def _unshared(name: str) -> Callable[..., Any]:
    """A special method of two objects that only the program could do."""

    def refuse(self: RemoteProxy, *others: object) -> object:
        if _is_own(self) and not any(map(isinstance_of_remote, others)):
            return NotImplemented
        _give_up(self, name)

    return refuse


_RELAYED_NAMES = frozenset(f"__{name}__" for name in _RELAYED.split())
_METHODS: Mapping[str, Callable[..., Any]] = {
    name: _relayed(name) if name in _RELAYED_NAMES else _unshared(name)
    for name in SPECIALS
    if name not in ("__eq__", "__ne__", "__contains__")  # `in` compares the members here
}


class RemoteModule(types.ModuleType):
    """A module of the program; what the tests set in it is found here first."""

    def __init__(self, bridge: RpcClient, name: str) -> None:
        super().__init__(name)
        self.__dict__["_bridge"] = bridge
        self.__dict__["_whole"] = None

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        bridge: RpcClient = self.__dict__["_bridge"]
        if self.__dict__["_whole"] is None:
            self.__dict__["_whole"] = bridge.ask("module", self.__name__)
        return bridge.ask("getattr", self.__dict__["_whole"], name)
