"""Lists, dicts and sets of the program as the tests see them.

They stay with the program, so that a change by the tests is one of the program's own object and a later look sees its
later changes. Whatever compares or computes fetches the content as plain data first and does it here: an `__eq__` of
the program's own subclass is never asked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.grading.unittest_bridge.proxies import RemoteProxy, RpcClient, relayed
from harness.grading.unittest_bridge.special_methods import SPECIALS, proxy_class

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in (list, dict, set)}
_RELAYED = "len getitem setitem delitem"
_COMPARED = "eq ne lt le gt ge"
_COMPUTED = "lt le gt ge add sub mul and or xor"
_READING = "items keys values get copy index count union intersection difference isdisjoint issubset issuperset"
_LOOKS = frozenset(_READING.split())
"""Methods that change nothing: one question brings all that they need."""


class RemoteContainer(RemoteProxy):
    """One such container. Not hashable, as none of the three kinds is."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return other is self or bool(content_of(self) == content_of(other))

    def __contains__(self, item: object) -> bool:
        return item in _members_of(self)

    def __iter__(self) -> Iterator[Any]:
        members: Iterator[Any] = iter(_members_of(self))
        return members

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(_members_of(self))

    def __getattr__(self, name: str) -> object:
        is_built_in = object.__getattribute__(self, "_can") is None
        return getattr(_members_of(self), name) if is_built_in and name in _LOOKS else super().__getattr__(name)

    def __copy__(self) -> Any:
        return _members_of(self)

    def __deepcopy__(self, memo: object) -> Any:
        return content_of(self)


def container_proxy(client: RpcClient, wire: Mapping[str, Any], kind: type) -> RemoteContainer:
    """A proxy with the special methods that the program's own subclass defines, except for comparisons."""
    made: RemoteContainer = proxy_class(RemoteContainer, wire.get("can"), _OVERRIDES)(client, wire, kind)
    return made


def content_of(value: object) -> Any:
    """The content of a container as a value of its built-in kind, all inside it too; any other value as it is."""
    return _asked(value, "content") if issubclass(type(value), RemoteContainer) else value


def _members_of(container: RemoteContainer) -> Any:
    """A value of its built-in kind with the same members: a list in it is still the program's own."""
    return _asked(container, "members")


def _asked(container: object, what: str) -> Any:
    client: RpcClient = object.__getattribute__(container, "_client")
    kind: type = object.__getattribute__(container, "_kind")
    found = client.ask(what, container)
    if not issubclass(type(found), kind):  # a Counter is a dict; by type(), since a proxy says that it is one
        raise TypeError(f"the {what} of a {kind.__name__} of the program are a {type(found).__name__}")
    return found


def _computed(function: Callable[[Any, Any], Any], *, is_reflected: bool = False) -> Callable[[Any, Any], Any]:
    def compute(self: object, other: object) -> Any:
        pair = content_of(self), content_of(other)
        return function(*(reversed(pair) if is_reflected else pair))

    return compute


_OVERRIDES: Mapping[str, Callable[..., Any]] = {
    name: relayed(name) for name in SPECIALS if name[2:-2] not in _COMPARED.split()
}
for _name in _RELAYED.split():
    setattr(RemoteContainer, f"__{_name}__", relayed(f"__{_name}__"))
for _name in _COMPUTED.split():
    _function = getattr(operator, f"__{_name}__")
    setattr(RemoteContainer, f"__{_name}__", _computed(_function))
    if _name not in _COMPARED.split():
        setattr(RemoteContainer, f"__r{_name}__", _computed(_function, is_reflected=True))
