"""Lists, dicts and sets of the tests that the program holds, kept equal on both sides.

The program gets a copy of what a test hands over, its twin. As long as the program keeps the twin, every frame carries
the changes of one side to the other: a test sees that the program changed its list, in whatever later call. A twin that
the program returns is the tests' own object again.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire
from harness.grading.unittest_bridge.serializers import Decode, Encode

_DROPPED = 2
"""References to an object that only its twin entry holds: that one, and the argument of getrefcount."""


@dataclass(slots=True)
class _Twin:
    """`members`: those that the other side was told of; `wire`: the content that it was told."""

    value: Any
    members: list[object]
    wire: Wire


class Twins:
    """The shared containers of one side, by their number on the tests' side."""

    def __init__(self, encode: Encode, decode: Decode) -> None:
        self._encode, self._decode = encode, decode
        self._twins: dict[int, _Twin] = {}
        self._numbers: dict[int, int] = {}

    def number_of(self, value: object) -> int | None:
        """The number of a shared object; None for any other."""
        return self._numbers.get(id(value))

    def hold(self, number: int, value: object) -> Wire:
        """Share an object under a number, as it is now; the wire form of its members."""
        twin = self._twins[number] = _Twin(value, _members(value), None)
        self._numbers[id(value)] = number
        twin.wire = self.form(value)
        return twin.wire

    def rebuild(self, number: int, wire: Wire) -> object:
        """The object of a number with the content of its wire form: the one that is there, or a new one."""
        if number in self._twins:
            self._update(number, wire)
        else:
            self.hold(number, self._decode(wire))
        return self._twins[number].value

    def changes(self) -> dict[str, Wire]:
        """The contents that changed since the other side was last told, by number."""
        changed: dict[str, Wire] = {}
        for number, twin in list(self._twins.items()):
            members = _members(twin.value)
            # By identity, which costs little: with every frame most of them are as they were.
            if len(members) == len(twin.members) and all(map(operator.is_, members, twin.members)):
                continue
            twin.members, wire = members, self.form(twin.value)
            if wire != twin.wire:
                twin.wire = changed[str(number)] = wire
        return changed

    def apply(self, changes: object) -> None:
        """Make the other side's changes here; those of objects that are no longer shared are passed over."""
        for number, wire in changes.items() if isinstance(changes, Mapping) else ():
            if number.isdecimal() and int(number) in self._twins:
                self._update(int(number), wire)

    def forget(self, numbers: object) -> None:
        """Share these no longer."""
        for number in numbers if isinstance(numbers, list) else ():
            twin = self._twins.pop(number, None) if isinstance(number, int) else None
            if twin is not None:
                del self._numbers[id(twin.value)]

    def dropped(self) -> list[Wire]:
        """Forget what nobody else here holds; the numbers."""
        gone: list[Wire] = []
        # Again until nothing goes: what a list holds is free only once the list is.
        while found := [number for number, twin in self._twins.items() if sys.getrefcount(twin.value) <= _DROPPED]:
            self.forget(found)
            gone += found
        return gone

    def _update(self, number: int, wire: Wire) -> None:
        value, new = self._twins[number].value, self._decode(wire)
        if isinstance(value, list) and isinstance(new, list):
            value[:] = new
        elif isinstance(value, dict | set) and isinstance(new, dict if isinstance(value, dict) else set):
            value.clear()
            value.update(new)
        else:
            raise NotPlainData("a list, dict or set of the tests became something else")
        self.hold(number, value)

    def form(self, value: object) -> Wire:
        """The members' wire form; None for an exception, which is never changed."""
        # Member by member: the object itself would be encoded as a reference.
        if isinstance(value, dict):
            return {"#": "dict", "v": [[self._encode(key), self._encode(item)] for key, item in dict.items(value)]}
        if not isinstance(value, list | set):
            return None
        members = [self._encode(item) for item in list(value)]
        return members if isinstance(value, list) else {"#": "set", "v": members}


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*dict.keys(value), *dict.values(value)]
    return list(value) if isinstance(value, list | set) else []
