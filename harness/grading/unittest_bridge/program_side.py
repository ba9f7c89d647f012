"""The program's side of unit tests: load the program, do what the tests ask, and call what they replaced.

It runs in the candidate's sandbox and is part of its answer: nothing from here is believed (`unittest_side` says what
the tests grant). Names that the tests replace are set here to proxies whose use is a request back. Before each request
the environment, the current folder and the random states become those of the tests. A proxy that a thread still uses
after its request has ended is not served.
"""

from __future__ import annotations

import contextlib
import copy
import io
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire
from harness.grading.sandbox.worker.sample import OPERATIONS, describe_exception, write_frame
from harness.grading.unittest_bridge.rpc import PROGRAM, TESTS, RpcEndpoint, work_folder
from harness.grading.unittest_bridge.special_methods import SPECIALS, call_special, proxy_class

_MISSING = object()
# Taken now: the program may replace `random.setstate` before the tests' seed arrives.
_set_random = random.setstate


class TestObjectProxy:
    """An object of the tests, as the program sees it."""

    def __init__(self, side: ProgramSide, number: object) -> None:
        # Past our own __setattr__, which would send the assignment to the tests.
        object.__setattr__(self, "_side", side)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> object:
        if _is_dunder(name):
            raise AttributeError(name)
        return _side_of(self).ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if _is_dunder(name):  # such as __signature__, which functools and inspect set on what they wrap
            object.__setattr__(self, name, value)
        else:
            _side_of(self).ask("setattr", self, name, value)

    def __copy__(self) -> object:
        return _side_of(self).ask("copy", self)

    def __deepcopy__(self, memo: object) -> object:
        return _side_of(self).ask("deepcopy", self)

    def __repr__(self) -> str:
        return str(_side_of(self).ask("repr", self))

    def __str__(self) -> str:
        return str(_side_of(self).ask("str", self))

    # A class with a relayed __eq__ would lose its hash, and a mock could no longer be a key or a member of a set.
    __hash__ = object.__hash__


class HashedProxy(TestObjectProxy):
    """One whose class says what its hash is, or that it has none."""

    def __hash__(self) -> int:
        found: int = _side_of(self).ask("hash", self)
        return found


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _relayed(name: str) -> Callable[..., Any]:
    def ask(self: TestObjectProxy, /, *args: object, **kwargs: object) -> object:
        if name == "__call__":
            return _side_of(self).ask("apply", self, *args, kwargs=kwargs)
        if name == "__exit__":
            args = (*args[:2], None)  # a traceback leads to frames
        return _side_of(self).ask("special", self, name, *args)

    return ask


_METHODS: Mapping[str, Callable[..., Any]] = {name: _relayed(name) for name in SPECIALS}


def _side_of(proxy: TestObjectProxy) -> ProgramSide:
    found: ProgramSide = object.__getattribute__(proxy, "_side")
    return found


class ModuleObject:
    """A module that the tests see as it is here, and not their own copy of it."""

    def __init__(self, module: object) -> None:
        self.__dict__ = vars(module)


def _is_reference(wire: Wire) -> bool:
    return isinstance(wire, dict) and wire.get("#") in ("yours", "own", "name")


def _is_container(value: object) -> bool:
    """Whether a call may have changed a value that crossed as itself."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return library in ("numpy", "pandas", "collections") or isinstance(value, list | dict | set | tuple)


class ProgramSide(RpcEndpoint):
    """The loaded program and what the tests replaced around it."""

    asks = "C"

    def __init__(self, root: str, own_modules: Iterable[str] = ()) -> None:
        super().__init__(root, own_modules)
        self.module = types.ModuleType(PROGRAM)
        self._replaced: list[tuple[object, str, object]] = []
        self._printed: list[tuple[io.StringIO, io.StringIO]] = []
        self._output: dict[str, object] = {}
        self._proxies: dict[object, object] = {}
        self._given: list[tuple[dict[str, object], Mapping[str, Any]]] = []
        self._operations: dict[str, Callable[..., object]] = {
            **OPERATIONS,
            "copy": copy.copy,
            "deepcopy": copy.deepcopy,
            "delattr": delattr,
            "special": call_special,
            "global": self._global,
            "module": lambda name: ModuleObject(self.named(name, "")),
            "replace": self._replace,
            "restore": self._restore,
        }

    def load(self, source: str) -> list[str]:
        """Run the program's text; the names it defines."""
        sys.modules[PROGRAM] = self.module
        code = compile(source, "<solution>", "exec", dont_inherit=True)
        exec(code, self.module.__dict__)  # noqa: S102 - what the sandbox is for
        return [name for name in self.module.__dict__ if not name.startswith("__")]

    def serve(self) -> None:
        """Answer requests until the client hangs up."""
        while True:
            try:
                request = self.next_request()
            except EOFError:
                return
            self.answer(request)

    def perform(self, request: Mapping[str, Any]) -> Wire:
        """Call a function by its name, or do one of the operations."""
        # A stack: a call may ask the tests back, and these may call the program again before it returns.
        self._given.append(({}, request))
        args, kwargs = self.arguments(request)
        self._given[-1] = ({**{str(index): item for index, item in enumerate(args)}, **kwargs}, request)
        do = str(request["do"])
        act = getattr(self.module, str(request["name"])) if do == "call" else self._operations[do]
        with self._listening(request):
            value = act(*args, **kwargs)
        try:
            return self.encode(value)
        except (NotPlainData, RecursionError):  # such as a list that holds itself: it stays here, equal to nothing
            return self.keep(value)

    def after(self, request: Mapping[str, Any]) -> Mapping[str, object]:
        """The arguments of a call that it changed, though it may have failed."""
        given, same = self._given.pop()
        assert same is request
        if request["do"] not in ("call", "apply", "special"):
            return {}
        before = {**{str(index): wire for index, wire in enumerate(request["args"])}, **request["kwargs"]}
        changed = {}
        for name, value in given.items():
            # A reference leads to the object itself: the tests see its change without being sent it.
            if _is_container(value) and not _is_reference(before[name]):
                with contextlib.suppress(Exception):  # the program's own values may raise anything
                    wire = self.encode(value)
                    changed.update({name: wire} if wire != before[name] else {})
        return {"changed": changed} if changed else {}

    def name_of(self, value: object) -> tuple[str, str] | None:
        """Of classes and modules only: a program could give any function's name to the tests."""
        return super().name_of(value) if isinstance(value, type | types.ModuleType) else None

    @contextlib.contextmanager
    def _listening(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Capture printed text and warnings for the tests, where they listen."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            if "out" in request["listens"]:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "err" in request["listens"]:
                stack.enter_context(contextlib.redirect_stderr(err))
            warned = stack.enter_context(warnings.catch_warnings(record=True)) if "warned" in request["listens"] else []
            if "warned" in request["listens"]:
                # Python shows a warning once for each place: a second test of the same line would see none.
                warnings.simplefilter("always")
            try:
                yield
            finally:
                caught = [[self.kinds_of(item.category), str(item.message)] for item in warned]
                self._output = {"out": out.getvalue(), "err": err.getvalue(), "warned": caught}

    def state(self) -> Mapping[str, object]:
        """Also printed text and warnings since the last frame."""
        output, self._output = self._output, {}
        return {**super().state(), **({"output": output} if any(output.values()) else {})}

    def accept(self, body: Mapping[str, Any]) -> None:
        """Also apply the random states of the tests where they changed."""
        super().accept(body)
        if "random" in body:
            version, numbers, kept = body["random"]
            _set_random((version, tuple(numbers), kept))
        if "numpy" in body and "numpy" in sys.modules:
            sys.modules["numpy"].random.set_state(self.decode(body["numpy"]))

    def proxy(self, wire: Mapping[str, Any]) -> object:
        """One proxy for each object of the tests."""
        number = wire["id"]
        if number not in self._proxies:
            kind = proxy_class(HashedProxy if wire.get("hashed") else TestObjectProxy, wire.get("can"), _METHODS)
            self._proxies[number] = kind(self, number) if wire.get("name") is None else self.function(wire)
        return self._proxies[number]

    def number_of(self, value: object) -> object:
        """The number of the object behind a proxy; None for what is no proxy."""
        # By type(): isinstance would ask the value for its __class__, which may be anything.
        if issubclass(type(value), TestObjectProxy):
            return object.__getattribute__(value, "_number")
        return self._functions.get(id(value)) if type(value) is types.FunctionType else None

    def _tagged(self, wire: Mapping[str, Any]) -> object:
        return self._global(str(wire.get("name"))) if wire.get("#") == "own" else super()._tagged(wire)

    def _global(self, name: str) -> object:
        return self.module.__dict__[name]

    def _place(self, module: str, name: str) -> object:
        if module.partition(".")[0] != TESTS:
            return self.named(module, name)
        found: object = self.module
        for part in name.split(".") if name else ():
            found = getattr(found, part)
        return found

    def _replace(self, module: str, name: str, attribute: str, value: object) -> None:
        """Replace a module's or class's attribute until `_restore`."""
        place = self._place(module, name)
        # vars() and not getattr: an inherited attribute is restored by deleting the own one, not by copying its
        # parent's.
        self._replaced.append((place, attribute, vars(place).get(attribute, _MISSING)))
        setattr(place, attribute, value)

    def _restore(self, module: str, name: str, attribute: str) -> None:
        place = self._place(module, name)
        # The latest first: patches of one name may be nested.
        for index in reversed(range(len(self._replaced))):
            found, known, original = self._replaced[index]
            if found is place and known == attribute:
                del self._replaced[index]
                if original is _MISSING:
                    delattr(place, attribute)
                else:
                    setattr(place, attribute, original)
                return


def serve(body: Mapping[str, Any]) -> None:
    """Load the program of the frame, send the names it defines, then answer until the client hangs up."""
    side = ProgramSide(work_folder())
    try:
        names = side.load(str(body["source"]))
    except BaseException as error:  # noqa: BLE001 - whatever ended the program is the finding
        write_frame("X", describe_exception(error))
        return
    write_frame("A", {"names": names})
    side.serve()
