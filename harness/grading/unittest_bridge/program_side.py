"""The program's end of unit tests: load the program, do what the tests ask, and let it call what they put in place.

It runs in the candidate's sandbox and is part of its answer: nothing here is believed (see `unittests` for what the
tests' end grants). Names that the tests replace are set here to stand-ins (`Foreign`) whose use is a request back.
Before each request the environment, the current folder and the state of the random generators are those of the tests.

Not covered: limits and walls; stand-ins used after the request they came with has ended by threads that still run.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire
from harness.grading.sandbox.worker.sample import OPERATIONS, describe_exception, write_frame
from harness.grading.unittest_bridge.rpc import PROGRAM, TESTS, RpcEndpoint, work_folder
from harness.grading.unittest_bridge.special_methods import SPECIALS, call_special, proxy_class

_MISSING = object()
_set_random = random.setstate


class TestObjectProxy:
    """An object of the tests, as the program sees it."""

    def __init__(self, stage: ProgramSide, number: object) -> None:
        object.__setattr__(self, "_stage", stage)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> object:
        if _is_dunder(name):
            raise AttributeError(name)
        return _stage_of(self).ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if _is_dunder(name):  # such as the signature that a library notes on a function it wraps
            object.__setattr__(self, name, value)
        else:
            _stage_of(self).ask("setattr", self, name, value)

    def __repr__(self) -> str:
        return str(_stage_of(self).ask("repr", self))

    def __str__(self) -> str:
        return str(_stage_of(self).ask("str", self))

    __hash__ = object.__hash__


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _asking(name: str) -> Callable[..., Any]:
    def ask(self: TestObjectProxy, /, *args: object, **kwargs: object) -> object:
        if name == "__call__":
            return _stage_of(self).ask("apply", self, *args, kwargs=kwargs)
        if name == "__exit__":
            args = (*args[:2], None)  # a traceback stays where it is
        return _stage_of(self).ask("special", self, name, *args)

    return ask


_METHODS: Mapping[str, Callable[..., Any]] = {name: _asking(name) for name in SPECIALS}


def _stage_of(foreign: TestObjectProxy) -> ProgramSide:
    found: ProgramSide = object.__getattribute__(foreign, "_stage")
    return found


class _Whole:
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
    """The loaded program and what the tests put in place around it."""

    asks = "C"

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.module = types.ModuleType(PROGRAM)
        self._replaced: list[tuple[object, str, object]] = []
        self._printed: list[tuple[io.StringIO, io.StringIO]] = []
        self._said: dict[str, object] = {}
        self._foreign: dict[object, object] = {}
        self._given: list[tuple[dict[str, object], Mapping[str, Any]]] = []
        self._operations: dict[str, Callable[..., object]] = {
            **OPERATIONS,
            "delattr": delattr,
            "special": call_special,
            "global": self._global,
            "module": lambda name: _Whole(self.named(name, "")),
            "stage": self._stage,
            "unstage": self._unstage,
        }

    def load(self, source: str) -> list[str]:
        """Run the program's text; the names it defines."""
        sys.modules[PROGRAM] = self.module
        code = compile(source, "<solution>", "exec", dont_inherit=True)
        exec(code, self.module.__dict__)  # noqa: S102 - this is what the walls are for
        return [name for name in self.module.__dict__ if not name.startswith("__")]

    def perform(self, request: Mapping[str, Any]) -> Wire:
        """Call a function by its name, or do one of the operations."""
        self._given.append(({}, request))
        args, kwargs = self.arguments(request)
        self._given[-1] = ({**{str(index): item for index, item in enumerate(args)}, **kwargs}, request)
        do = str(request["do"])
        act = getattr(self.module, str(request["name"])) if do == "call" else self._operations[do]
        with self._listening(request):
            value = act(*args, **kwargs)
        try:
            return self.encode(value)
        except (NotPlainData, RecursionError):  # a list within itself, say: it stays here and is equal to nothing
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
            if _is_container(value) and not _is_reference(before[name]):
                with contextlib.suppress(Exception):  # the program's own values may raise anything
                    wire = self.encode(value)
                    changed.update({name: wire} if wire != before[name] else {})
        return {"changed": changed} if changed else {}

    def name_of(self, value: object) -> tuple[str, str] | None:
        """Of classes and modules only: a function that the tests were to find by its name could be any."""
        return super().name_of(value) if isinstance(value, type | types.ModuleType) else None

    @contextlib.contextmanager
    def _listening(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Keep what is printed and warned of for the tests, where they listen."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            if "out" in request["listens"]:
                stack.enter_context(contextlib.redirect_stdout(out))
            if "err" in request["listens"]:
                stack.enter_context(contextlib.redirect_stderr(err))
            warned = stack.enter_context(warnings.catch_warnings(record=True)) if "warned" in request["listens"] else []
            if "warned" in request["listens"]:
                warnings.simplefilter("always")
            try:
                yield
            finally:
                said = [[self.kinds_of(item.category), str(item.message)] for item in warned]
                self._said = {"out": out.getvalue(), "err": err.getvalue(), "warned": said}

    def state(self) -> Mapping[str, object]:
        """Also what was printed and warned of since the last frame."""
        said, self._said = self._said, {}
        return {**super().state(), **({"said": said} if any(said.values()) else {})}

    def accept(self, body: Mapping[str, Any]) -> None:
        """Also take over the random states of the tests where they changed."""
        super().accept(body)
        if "random" in body:
            _set_random(self.decode(body["random"]))
        if "numpy" in body and "numpy" in sys.modules:
            sys.modules["numpy"].random.set_state(self.decode(body["numpy"]))

    def proxy(self, wire: Mapping[str, Any]) -> object:
        """One stand-in for each object of the tests; for a function a real one, which libraries tell from objects."""
        number = wire["id"]
        if number not in self._foreign:
            made = proxy_class(TestObjectProxy, wire.get("can"), _METHODS)
            self._foreign[number] = made(self, number) if wire.get("name") is None else self.function(wire)
        return self._foreign[number]

    def number_of(self, value: object) -> object:
        """The number of a stand-in's object."""
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

    def _stage(self, module: str, name: str, attribute: str, value: object) -> None:
        """Put a value in the place of a module's or class's attribute until `_unstage`."""
        place = self._place(module, name)
        self._replaced.append((place, attribute, vars(place).get(attribute, _MISSING)))
        setattr(place, attribute, value)

    def _unstage(self, module: str, name: str, attribute: str) -> None:
        place = self._place(module, name)
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
    """Load the program that the frame holds, say which names it defines, then answer until the judge hangs up."""
    stage = ProgramSide(work_folder())
    try:
        names = stage.load(str(body["source"]))
    except BaseException as error:  # noqa: BLE001 - whatever ended the program is the finding
        write_frame("X", describe_exception(error))
        return
    write_frame("A", {"names": names})
    while True:
        try:
            request = stage.next_request()
        except EOFError:
            return
        stage.answer(request)
