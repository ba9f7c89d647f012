"""RPC endpoint: one end of the channel between a program and unit tests that reach into it.

Such tests replace functions that the program calls, so the program must be able to call what the tests put there. Both
ends speak the same protocol: a request, then possibly requests the other way, then the answer. Values of known kinds
cross as themselves (plain_data, serializers), classes and modules of libraries by name, exceptions by class and
arguments; everything else stays where it is and a numbered reference crosses. Every frame carries the changes of files.

What either side may ask of the other is decided in `program_side` and `unittest_side`. Requests of two threads at once
wait for each other.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import os
import sys
import threading
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire, decode, encode
from harness.grading.sandbox.worker.sample import describe_exception, read_frame, write_frame
from harness.grading.unittest_bridge.file_sync import FolderSync
from harness.grading.unittest_bridge.serializers import deserialize, serialize
from harness.grading.unittest_bridge.special_methods import specials_of

PROGRAM, TESTS = "solution", "tests"
_SHARED_WORK = "/harness-shared-work"
"""The work folder's name in frames, where the two sides have it at different places."""
_OF_OS_ERRORS = ("filename", "filename2", "code", "status", "pos", "lineno", "colno", "returncode")
_USUAL_WORK = "/tmp"  # noqa: S108 - inside the sandbox
# Both sides have modules of these names with other contents: the name would lead to another object.
_NEVER_BY_NAME = (PROGRAM, TESTS, "__main__", "harness")
# Taken now: tests patch os.getcwd and os.environ, and the bridge must go on with the real ones.
_environ, _getcwd, _chdir = os.environ, os.getcwd, os.chdir
_NAMELESS: Mapping[str, type] = {
    "generator": types.GeneratorType,
    "function": types.FunctionType,
    "method": types.MethodType,
    "coroutine": types.CoroutineType,
    "dict_keys": type({}.keys()),
    "dict_values": type({}.values()),
    "dict_items": type({}.items()),
}
"""Built-in classes that no module names."""
_NAMED = (types.FunctionType, types.MethodType)


class RpcEndpoint:
    """One end. `asks`: the name of the frames with its requests."""

    asks: str
    mutable: Callable[[object], Wire | None] | None = None
    """The form of a list, dict or set that keeps its identity; None: they cross as data."""

    def __init__(self, root: str, own_modules: Iterable[str] = ()) -> None:
        """`own_modules`: top-level names of further modules that have other contents on the other side."""
        self.root = root
        self.own_modules = frozenset((*_NEVER_BY_NAME, *own_modules))
        self.files = FolderSync(root)
        self._out = None if root == _USUAL_WORK else (root, _SHARED_WORK)
        self._in = None if root == _USUAL_WORK else (_SHARED_WORK, root)
        self._kept: list[object] = []
        self._numbers: dict[int, int] = {}
        self._functions: dict[int, object] = {}
        # Reentrant: while a request waits for its answer, the other side may ask back in the same thread.
        self._lock = threading.RLock()
        self._last_state: dict[str, object] = {"environ": _raw_environ(), "cwd": root}

    # what the two sides do differently

    def perform(self, request: Mapping[str, Any]) -> Wire:
        """Do what the other side asks; the answer, encoded."""
        raise NotImplementedError

    def after(self, request: Mapping[str, Any]) -> Mapping[str, object]:
        """What else the answer carries, also where the request failed."""
        return {}

    def proxy(self, wire: Mapping[str, Any]) -> object:
        """The proxy here of an object that stays on the other side."""
        raise NotImplementedError

    def number_of(self, value: object) -> object:
        """The number of the object behind a proxy; None for what is no proxy."""
        raise NotImplementedError

    def state(self) -> Mapping[str, object]:
        """What crosses with every frame: the environment and the current folder, where they changed."""
        now: dict[str, object] = {"environ": _raw_environ(), "cwd": _getcwd()}
        changed = {name: value for name, value in now.items() if self._last_state[name] != value}
        self._last_state = now
        return {**changed, "environ": dict(_environ)} if "environ" in changed else changed

    def accept(self, body: Mapping[str, Any]) -> None:
        """Apply the state that came with a frame."""
        if isinstance(body.get("environ"), dict):
            wanted = {str(name): str(value) for name, value in body["environ"].items()}
            for name in set(_environ) - set(wanted):
                del _environ[name]
            _environ.update(wanted)
        if "cwd" in body:
            with contextlib.suppress(OSError, ValueError):
                _chdir(str(body["cwd"]))
        self._last_state = {"environ": _raw_environ(), "cwd": _getcwd()}

    def cannot_ask(self, why: NotPlainData) -> None:
        """Called when a value that should cross has no form, before that is raised."""

    def cannot_read(self, why: NotPlainData) -> None:
        """Called when an answer has no form that can be read, before that is raised."""
        self.cannot_ask(why)

    def function(self, wire: Mapping[str, Any]) -> object:
        """A real function as the proxy of a function: libraries treat functions differently from callable objects."""

        def proxy(*args: object, **kwargs: object) -> object:
            return self.ask("apply", proxy, *args, name=proxy.__name__, kwargs=kwargs)

        proxy.__name__ = proxy.__qualname__ = str(wire["name"])
        self._functions[id(proxy)] = wire["id"]
        return proxy

    def changed(self, given: Mapping[str, object], body: Mapping[str, Any]) -> None:
        """Apply the changes that a call made to its arguments."""

    # asking and answering

    def ask(self, do: str, *args: object, name: str = "", kwargs: Mapping[str, object] | None = None) -> Any:
        """The other side's answer, or its exception, raised."""
        try:
            named = {key: self.encode(item) for key, item in (kwargs or {}).items()}
            request = {"do": do, "name": name, "args": [self.encode(item) for item in args], "kwargs": named}
        except NotPlainData as error:
            self.cannot_ask(error)
            raise
        with self._lock:
            self._send(self.asks, request)
            kind, body = self._receive()
            # Requests of the other side are served inside the wait: a mock's side effect runs while the program still
            # runs.
            while kind not in ("A", "X"):
                self.answer(body)
                kind, body = self._receive()
        try:
            self.changed({**{str(index): item for index, item in enumerate(args)}, **(kwargs or {})}, body)
            if kind == "A":
                return self.decode(body["value"])
            error_here = self.error_of(body["error"])
        except NotPlainData as error:
            self.cannot_read(error)
            raise
        raise error_here

    def answer(self, request: Mapping[str, Any]) -> None:
        """Do what is asked and send the answer or the exception."""
        body: dict[str, object]
        try:
            kind, body = "A", {"value": self.perform(request)}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are answers like any other
            kind, body = "X", {**describe_exception(error), "error": self.error_form(error)}
        self._send(kind, {**body, **self.after(request)})

    def next_request(self) -> Mapping[str, Any]:
        """The next request from outside any call. Raises EOFError when the client has hung up."""
        return self._receive()[1]

    def _send(self, kind: str, body: Mapping[str, object]) -> None:
        write_frame(kind, {**body, **self.state(), "files": self.files.changes()}, self._out)

    def _receive(self) -> tuple[str, dict[str, Any]]:
        kind, body = read_frame(self._in)
        changes = body.get("files")
        if isinstance(changes, list):
            self.files.apply(changes)
        self.accept(body)
        return kind, body

    def arguments(self, request: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The values of a request's arguments."""
        args = [self.decode(item) for item in request["args"]]
        return args, {str(key): self.decode(item) for key, item in request["kwargs"].items()}

    # values

    def encode(self, value: object) -> Wire:
        """The wire form of any value."""
        return encode(value, self._opaque, 0, self._special, self.mutable)

    def decode(self, wire: Wire) -> Any:
        """The value of a wire form. Raises NotPlainData for what is none."""
        return decode(wire, self._tagged)

    def _special(self, value: object) -> Wire | None:
        if (number := self.number_of(value)) is not None:  # first: a proxy claims the class of its object
            return {"#": "yours", "id": number}
        known = serialize(value, self.encode)
        if known is None and isinstance(value, list | dict | tuple | set) and self._is_of_library(type(value)):
            return self._opaque(value)  # such as matplotlib's BarContainer, a tuple with attributes
        return known

    def _opaque(self, value: object) -> Wire:
        if isinstance(value, BaseException):
            return self.error_form(value)
        if (place := self.name_of(value)) is not None:
            return {**self.keep(value), "#": "name", "module": place[0], "name": place[1]}
        return self.keep(value)

    def keep(self, value: object) -> dict[str, object]:
        """A reference to a value that stays here."""
        number = self.number_kept(value)
        kinds = self.kinds_of(type(value))
        # A method of a callable object, as a class that decorates makes it, has no name of its own.
        name = getattr(value, "__name__", "method") if isinstance(value, _NAMED) else None
        facts = {"type": type(value).__name__, "kinds": kinds[:3], "can": specials_of(type(value)), "name": name}
        if isinstance(value, type) and issubclass(value, BaseException):
            facts |= {"bases": self.kinds_of(value), "name": None, "type": value.__name__}
        return {"#": "mine", "id": number, **facts}

    def number_kept(self, value: object) -> int:
        """The number of a value that stays here. It is never freed, which makes its id a safe key."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return number

    def kept(self, number: object) -> object:
        """The value of a number. Raises NotPlainData where there is none."""
        # `type`, since True is an int; and a negative number would count from the end of the list.
        if type(number) is not int or not 0 <= number < len(self._kept):
            raise NotPlainData("a reference to nothing")
        return self._kept[number]

    def kinds_of(self, kind: type) -> list[tuple[str, str]]:
        """Where the library classes among a class and its bases are found."""
        return [place for base in kind.__mro__[:-1] if (place := self.name_of(base)) is not None]

    def is_mine(self, value: object) -> bool:
        """Whether the other side holds a reference to a value."""
        return id(value) in self._numbers

    def _tagged(self, wire: Mapping[str, Any]) -> object:
        tag, number = wire.get("#"), wire.get("id")
        if tag == "yours":
            return self.kept(number)
        if tag == "mine":
            return self.proxy(wire)
        if tag == "name":
            try:
                return self.named(str(wire.get("module")), str(wire.get("name")))
            except NotPlainData:
                return self.proxy(wire)
        if tag == "error":
            return self.error_of(wire)
        return deserialize(wire, self.decode)

    def _is_of_library(self, kind: type) -> bool:
        library = kind.__module__.partition(".")[0]
        return library not in self.own_modules and library not in sys.stdlib_module_names

    # names

    def name_of(self, value: object) -> tuple[str, str] | None:
        """Module and name under which a library's class, module or function is found; None for all else."""
        if isinstance(value, types.ModuleType):
            place = (value.__name__, "")
        elif isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
            place = (str(value.__module__), value.__qualname__)
        else:
            return None
        try:
            # The name must lead back to this very object: a wrapped function keeps the __module__ and __qualname__ of
            # another.
            return place if place[0].partition(".")[0] not in self.own_modules and _resolved(*place) is value else None
        except (ImportError, AttributeError, ValueError):
            return None

    def named(self, module: str, name: str) -> object:
        """The library's class, module or function of that name. Raises NotPlainData where there is none here."""
        if module.partition(".")[0] in self.own_modules:
            raise NotPlainData(f"module {module!r}")
        try:
            return _resolved(module, name)
        except (ImportError, AttributeError, ValueError) as error:
            raise NotPlainData(f"{module}.{name}: {error}") from None

    # exceptions

    def error_form(self, error: BaseException) -> dict[str, object]:
        """An exception by its library classes, arguments and message."""
        kinds = self.kinds_of(type(error))
        try:
            arguments = self.encode(tuple(error.args))
        except BaseException:  # noqa: BLE001 - the program's own values may raise anything
            arguments = None
        attributes = {name: getattr(error, name, None) for name in (*_OF_OS_ERRORS, *getattr(error, "__dict__", ()))}
        plain = {name: value for name, value in attributes.items() if type(value) in (bool, int, float, str)}
        own = [self.number_kept(kind) for kind in type(error).__mro__[:-1] if self.name_of(kind) is None]
        return {"#": "error", "kinds": kinds, "own": own, "args": arguments, "has": plain, **describe_exception(error)}

    def own_errors(self, numbers: object) -> list[type[BaseException]]:
        """The local classes of some exception classes of the other side, where there are any."""
        return []

    def error_of(self, wire: Mapping[str, Any]) -> BaseException:
        """An exception of the nearest class that is known here, with the same message."""
        bases = _nearest([*self.own_errors(wire.get("own")), *self.error_classes(wire.get("kinds"))])
        names, message = wire.get("types"), str(wire.get("message"))
        name = str(names[0]) if isinstance(names, list) and names else bases[0].__name__
        kind = bases[0] if len(bases) == 1 and bases[0].__name__ == name else error_class(name, bases, {})
        try:
            arguments = self.decode(wire.get("args"))
        except NotPlainData:
            arguments = None
        error = _with_arguments(kind, arguments if isinstance(arguments, tuple) else (message,))
        # Some classes build their text from attributes (KeyError quotes its key): tests compare str(error).
        if _message(error) != message:
            error = _with_arguments(error_class(name, (kind,), {"__str__": lambda _: message}), error.args)
        has = wire.get("has")
        for attribute, value in has.items() if isinstance(has, dict) else ():
            # Plain values only: an attribute such as __traceback__ or __cause__ could carry an object of the program.
            if not attribute.startswith("_") and type(value) in (bool, int, float, str):
                with contextlib.suppress(AttributeError, TypeError):
                    setattr(error, attribute, value)
        return error

    def error_classes(self, kinds: object) -> tuple[type[BaseException], ...]:
        """The nearest known classes, none of them a base of another."""
        found: list[type[BaseException]] = []
        for place in kinds if isinstance(kinds, list) else []:
            try:
                kind = self.named(str(place[0]), str(place[1]))
            except (NotPlainData, IndexError, TypeError):
                continue
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                continue
            found.append(kind)
        return _nearest(found) or (Exception,)


def _nearest(kinds: Iterable[type[BaseException]]) -> tuple[type[BaseException], ...]:
    """Classes in a method resolution order without the bases of others: Exception behind ValueError adds nothing."""
    found: list[type[BaseException]] = []
    for kind in kinds:
        if not any(issubclass(other, kind) for other in found):
            found.append(kind)
    return tuple(found)


def _raw_environ() -> dict[bytes, bytes]:
    """A copy of the environment, to compare with: decoding it for every frame would take longer than the frame."""
    return dict(_environ._data)  # type: ignore[attr-defined]


def error_class(name: str, bases: tuple[type[BaseException], ...], body: dict[str, object]) -> type[BaseException]:
    """A class of several bases, or of the first where their layouts conflict."""
    try:
        return type(name, bases, {**body, "__module__": bases[0].__module__})
    except (TypeError, ValueError):
        return type(bases[0].__name__, bases[:1], body)


def _with_arguments(kind: type[BaseException], arguments: tuple[object, ...]) -> BaseException:
    """An exception of a class, built without its own constructor where that wants other arguments."""
    try:
        return kind(*arguments)
    except Exception:  # noqa: BLE001 - constructors of libraries' exceptions raise anything
        error = kind.__new__(kind)
        error.args = arguments
        return error


def _message(error: BaseException) -> str | None:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - made without its constructor it may lack what it prints
        return None


def _resolved(module: str, name: str) -> object:
    if module == "builtins" and name in _NAMELESS:
        return _NAMELESS[name]
    found: object = builtins if module == "builtins" else importlib.import_module(module)
    for part in name.split(".") if name else ():
        found = getattr(found, part)
        if isinstance(found, types.ModuleType):
            raise ValueError(f"{module}.{name} leads through a module")
    return found


def work_folder() -> str:
    """Where this process may write."""
    return os.getcwd()  # noqa: PTH109 - pathlib would be one more import inside the sandbox
