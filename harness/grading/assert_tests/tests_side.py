"""Assert-style test code in a sandbox of its own, where the candidate's functions and objects are proxies.

A call of a proxy is a D frame that the client passes to the candidate's sandbox; the answer comes back the same way.
Plain answers arrive as exact built-in values; decimals, fractions and arrays as this side's own; other objects as
CandidateObject, which is equal to nothing but itself: comparing is never left to the candidate. The verdict goes out
with a token that only this side was given.

Lists, dicts and sets that the candidate changes in place change here too. Functions cannot be passed as arguments, and
order, arithmetic and truth of candidate objects are not relayed.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import types
from collections.abc import Iterator, Mapping

from harness.grading.sandbox.plain_data import NotPlainData, Wire, decode, encode, exact_number, exact_number_of
from harness.grading.sandbox.worker.sample import describe_exception, line_of, read_frame, write_frame

_MUTABLE = (list, dict, set)


class ArgumentNotPlain(BaseException):
    """The tests pass something that has no plain form: a fault of the tests, not of the candidate."""


class CandidateError(Exception):
    """An exception of a class that only the candidate has."""


def _ask(do: str, args: tuple[object, ...], kwargs: Mapping[str, object] | None = None, *, name: str = "") -> object:
    try:
        wires = [encode(item, _outgoing) for item in args]
        named = {key: encode(item, _outgoing) for key, item in (kwargs or {}).items()}
    except NotPlainData as error:
        raise ArgumentNotPlain(str(error)) from None
    given = {**{str(index): item for index, item in enumerate(args)}, **(kwargs or {})}
    has_mutable = any(isinstance(item, _MUTABLE) for item in given.values())
    write_frame("D", {"do": do, "name": name, "args": wires, "kwargs": named, "tell_changes": has_mutable})
    kind, body = read_frame()
    changes = body.get("changed")
    for place, wire in changes.items() if isinstance(changes, dict) else ():
        _update(given.get(place), decode(wire, _incoming))
    if kind == "X":
        _raise_reported(body)
    return decode(body["value"], _incoming_name if do == "global" else _incoming)


def _update(old: object, new: object) -> None:
    """Make the change of an argument here: in place, containers in it too, for the tests may hold either."""
    if type(old) is not type(new):
        return
    if isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            new = [_updated(*pair) for pair in zip(old, new, strict=True)]
        old[:] = new
    elif isinstance(old, dict) and isinstance(new, dict):
        merged = {key: _updated(old.get(key), item) for key, item in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, set) and isinstance(new, set):
        old.clear()
        old.update(new)


def _updated(old: object, new: object) -> object:
    if isinstance(old, _MUTABLE) and type(old) is type(new):
        _update(old, new)
        return old
    return new


def _raise_reported(body: Mapping[str, object]) -> None:
    names = body.get("types")
    for name in names if isinstance(names, list) else []:
        found = getattr(builtins, str(name), None)
        if isinstance(found, type) and issubclass(found, BaseException):
            raise _exception(found, str(body.get("message")))
    raise CandidateError(f"{names}: {body.get('message')}")


def _exception(kind: type[BaseException], message: str) -> BaseException:
    """An exception of a class by its words; some classes want more than words and are replaced."""
    try:
        return kind(message)
    except TypeError:
        return CandidateError(f"{kind.__name__}: {message}")


def _outgoing(value: object) -> Wire:
    if isinstance(value, CandidateObject):
        return {"#": "ref", "id": object.__getattribute__(value, "_id")}
    if (number := exact_number(value)) is not None:
        return number
    if type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
        return encode(value.tolist(), _outgoing)  # type: ignore[attr-defined]
    name = getattr(value, "__name__", "")
    if isinstance(value, type) and getattr(builtins, name, None) is value:
        return {"#": "type", "name": name}
    if isinstance(value, range):
        return encode(list(value))
    raise NotPlainData(f"an argument of type {type(value).__name__} cannot be handed to the candidate")


def _incoming(wire: Mapping[str, object]) -> object:
    tag = wire.get("#")
    if tag == "ref":
        return CandidateObject(wire)
    if tag == "ndarray":
        return _array(wire)
    if (number := exact_number_of(wire)) is not None:
        return number
    raise NotPlainData(f"tag {tag!r}")


def _incoming_name(wire: Mapping[str, object]) -> object:
    """What a name of the candidate stands for: a module is this side's own; as an answer a module is nothing plain."""
    return _module(str(wire.get("name"))) if wire.get("#") == "module" else _incoming(wire)


def _array(wire: Mapping[str, object]) -> object:
    """A real array: its comparison with a list has no truth value, as in any test; a list in its place would pass."""
    items = decode(wire.get("v"), _incoming)
    try:
        numpy = importlib.import_module("numpy")
    except ImportError:
        raise NotPlainData("an array, and the tests have no numpy") from None
    dtype = str(wire.get("dtype"))
    array = numpy.array(items, dtype=dtype if dtype.isalnum() else None)
    if array.dtype.kind not in "biufcUO":
        raise NotPlainData(f"an array of {array.dtype}")  # its elements could not be handed back
    return array


def _module(name: str) -> object:
    """A module that the candidate imported and the tests use by its name: this side's own copy of it."""
    if name.partition(".")[0] not in sys.stdlib_module_names | {"numpy"}:
        raise NotPlainData(f"module {name!r}")
    return importlib.import_module(name)


class CandidateObject:
    """An object of the candidate; equal to nothing but itself."""

    __slots__ = ("_id", "_type")

    def __init__(self, wire: Mapping[str, object]) -> None:
        object.__setattr__(self, "_id", wire.get("id"))
        object.__setattr__(self, "_type", str(wire.get("type")))

    def __eq__(self, other: object) -> bool:
        return type(other) is CandidateObject and object.__getattribute__(other, "_id") == object.__getattribute__(
            self, "_id"
        )

    def __hash__(self) -> int:
        return hash(object.__getattribute__(self, "_id"))

    def __call__(self, *args: object, **kwargs: object) -> object:
        return _ask("apply", (self, *args), kwargs)

    def __getattr__(self, name: str) -> object:
        return _ask("getattr", (self, name))

    def __setattr__(self, name: str, value: object) -> None:
        _ask("setattr", (self, name, value))

    def __getitem__(self, key: object) -> object:
        return _ask("getitem", (self, key))

    def __setitem__(self, key: object, value: object) -> None:
        _ask("setitem", (self, key, value))

    def __len__(self) -> int:
        length = _ask("len", (self,))
        if not isinstance(length, int):
            raise TypeError("the candidate's length is not an integer")
        return length

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[object]:
        iterator = _ask("iter", (self,))
        while True:
            try:
                yield _ask("next", (iterator,))
            except StopIteration:
                return

    def __str__(self) -> str:
        return str(_ask("str", (self,)))

    def __repr__(self) -> str:
        return f"<{object.__getattribute__(self, '_type')} of the candidate>"


class CandidateFunction:
    """A function of the candidate, by its name."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> object:
        return _ask("call", args, kwargs, name=self.__name__)


def run(body: Mapping[str, object]) -> None:
    """Run setup and tests, then send the verdict: whether nothing was raised, and what and where if something was."""
    module = types.ModuleType("tests")
    sys.modules["tests"] = module
    verdict: dict[str, object] = {"token": body["token"], "passed": False}
    part = "prepare"
    try:
        functions, stubs = body["functions"], body["stubs"]
        assert isinstance(functions, list)
        assert isinstance(stubs, list)
        module.__dict__.update({str(name): _ask("global", (str(name),)) for name in stubs})
        for part in ("setup", "tests"):
            module.__dict__.update(
                {str(name): CandidateFunction(str(name)) for name in functions}
            )  # setup may shadow them
            code = compile(str(body[part]), f"<{part}>", "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 - the benchmark's own test code, sandboxed as well
        verdict["passed"] = True
    except BaseException as error:  # noqa: BLE001 - whatever ended the tests is the finding
        verdict.update(describe_exception(error), part=part, line=line_of(error, f"<{part}>"))
        verdict["cannot_cross"] = isinstance(error, ArgumentNotPlain)
    write_frame("V", verdict)
