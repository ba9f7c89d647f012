"""Objects of the program as the tests see them: every use of one is a request to the program.

A proxy is equal to nothing but itself: whether two values are equal is never left to the program. Where a test compares
or computes with an object whose class, a library's, defines this, and which in one process might well be equal, the
tests are given up (`RpcClient.give_up`); an object of the program's own class is simply not equal. `__class__` is what
the program says, so that a test can ask "is it an Axes?".
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
    """The tests' RPC endpoint."""

    def ask(self, do: str, *args: object, name: str = "", kwargs: Mapping[str, object] | None = None) -> Any:
        """The program's answer, or its exception, raised."""

    def give_up(self, why: str) -> NoReturn:
        """End the tests: they cannot be run apart from the program."""

    def number_of(self, value: object) -> object:
        """The number of the object behind a proxy; None for what is no proxy."""


class RemoteProxy:
    """An object that stays with the program. `kind`: the library class that it claims; None: a class of its own."""

    __slots__ = ("_can", "_client", "_kind", "_number", "_type")

    def __init__(self, client: RpcClient, wire: Mapping[str, Any], kind: type | None) -> None:
        put = object.__setattr__
        put(self, "_client", client)
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
        # Two objects of the program may be equal by its own class's rule; a verdict on that is not the program's to
        # give.
        if not _is_own(self) or (is_proxy(other) and _is_own(other)):
            _give_up(self, "__eq__")
        return False  # whatever its own __eq__ would answer

    def __instancecheck__(self, value: object) -> bool:
        """Whether an object of the program is one of this class of it."""
        client = _client_of(self)
        return client.number_of(value) is not None and client.ask("isinstance", value, self) is True

    def __mro_entries__(self, bases: object) -> NoReturn:
        _client_of(self).give_up("a test derives a class from one of the program")

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name not in _READABLE_DUNDERS:
            raise AttributeError(name)  # numpy reads memory at the address that `__array_interface__` gives
        if name in _COMPARISONS_BY_METHOD:
            _give_up(self, name)
        return _client_of(self).ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        _client_of(self).ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        _client_of(self).ask("delattr", self, name)

    def __copy__(self) -> object:
        return _client_of(self).ask("copy", self)

    def __deepcopy__(self, memo: object) -> object:
        return _client_of(self).ask("deepcopy", self)

    def __str__(self) -> str:
        return str(_client_of(self).ask("str", self))

    def __repr__(self) -> str:
        return str(_client_of(self).ask("repr", self))


def make_proxy(client: RpcClient, wire: Mapping[str, Any], kind: type | None) -> RemoteProxy:
    """A proxy with the special methods that the reference names."""
    made: RemoteProxy = proxy_class(RemoteProxy, wire.get("can"), _METHODS)(client, wire, kind)
    return made


def is_proxy(value: object) -> bool:
    """Whether a value is a proxy, whatever class it claims."""
    return issubclass(type(value), RemoteProxy)


def number_of_proxy(value: object) -> object:
    """The number of the object behind a proxy; None for what is no proxy."""
    return object.__getattribute__(value, "_number") if is_proxy(value) else None


def type_of_proxy(value: object) -> str:
    """The name of the class that a proxy claims."""
    return str(object.__getattribute__(value, "_type"))


def _client_of(one: object) -> RpcClient:
    found: RpcClient = object.__getattribute__(one, "_client")
    return found


def _is_own(one: object) -> bool:
    # A class that crosses as an object is the program's own too: others cross by name.
    return object.__getattribute__(one, "_kind") in (None, type)


def _defines_equality(one: object) -> bool:
    can = object.__getattribute__(one, "_can")
    return isinstance(can, list) and "__eq__" in can


def _give_up(one: object, name: str) -> NoReturn:
    kind = type_of_proxy(one)
    _client_of(one).give_up(f"a test uses {name} of an object of type {kind}, which cannot leave the program")


def relayed(name: str) -> Callable[..., Any]:
    """A special method whose answer is data or another proxy."""

    def ask(self: RemoteProxy, /, *args: object, **kwargs: object) -> object:
        if name == "__call__":
            return _client_of(self).ask("apply", self, *args, kwargs=kwargs)
        if name == "__exit__":
            args = (*args[:2], None)  # a traceback leads to frames
        return _client_of(self).ask("special", self, name, *args)

    return ask


def _unshared(name: str) -> Callable[..., Any]:
    """A special method of two objects, which only the program could compute."""

    def refuse(self: RemoteProxy, *others: object) -> object:
        if _is_own(self) and not any(map(is_proxy, others)):
            # Python then raises TypeError in the tests, as for a class without the operation.
            return NotImplemented
        _give_up(self, name)

    return refuse


def _contains(self: Any, item: object) -> bool:
    # The class is asked, since that may count as a use of the item, and not believed.
    _client_of(self).ask("special", self, "__contains__", item)
    return item in iter(self)


_RELAYED_NAMES = frozenset(f"__{name}__" for name in _RELAYED.split())
_METHODS: Mapping[str, Callable[..., Any]] = {
    name: relayed(name) if name in _RELAYED_NAMES else _unshared(name)
    for name in SPECIALS
    if name not in ("__eq__", "__ne__", "__contains__")
} | {"__contains__": _contains}


class _AskedProxy(RemoteProxy):
    __slots__ = ()


def with_contains(client: RpcClient, wire: Mapping[str, Any]) -> RemoteProxy:
    """A proxy of an object that is not iterated, whose class alone can say what it contains."""
    methods = {**_METHODS, "__contains__": relayed("__contains__")}
    made: RemoteProxy = proxy_class(_AskedProxy, wire.get("can"), methods)(client, wire, None)
    return made


class RemoteModule(types.ModuleType):
    """A module of the program; what the tests set in it is found here first."""

    def __init__(self, client: RpcClient, name: str) -> None:
        super().__init__(name)
        self.__dict__["_client"] = client
        self.__dict__["_module"] = None

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        client: RpcClient = self.__dict__["_client"]
        if self.__dict__["_module"] is None:
            self.__dict__["_module"] = client.ask("module", self.__name__)
        return client.ask("getattr", self.__dict__["_module"], name)
