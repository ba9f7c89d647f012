"""The tests' side: run `unittest` classes whose subject is a program in another sandbox.

The program's names stand in the tests' module as proxies; what `unittest.mock` replaces here is replaced over there
too, by proxies that call back; files, the environment, random states, printed text and warnings cross with the calls.
Comparing is done here, on values that were rebuilt here. An object that stays with the program is equal to nothing but
itself; where a test would compare one of a library's classes, which in one process might be equal, the verdict is that
these tests cannot be run apart, never that the program is wrong.

The program may call mocks and functions that the tests handed over, read attributes without underscore, iterate, enter
and leave. It never gets the records of a mock, frames, code or the test case itself, and nothing that it sends is
unpickled, here or by the tests.

Not supported: `patch.dict` of anything but the environment, identity of values that were rebuilt, tests that start
processes, open sockets, or need times of files.
"""

from __future__ import annotations

import builtins
import collections
import copy
import importlib
import random
import sys
import types
import unittest
import unittest.mock
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from harness.grading.sandbox.plain_data import NotPlainData, Wire
from harness.grading.sandbox.worker.sample import describe_exception, line_of, write_frame
from harness.grading.unittest_bridge.proxies import (
    RemoteModule,
    is_proxy,
    make_proxy,
    number_of_proxy,
)
from harness.grading.unittest_bridge.rpc import TESTS, RpcEndpoint, error_class, work_folder
from harness.grading.unittest_bridge.special_methods import call_special

_PROGRAM_MODULES = ("matplotlib.pyplot",)
"""Modules with a state that the program changes: the tests use the program's own."""
_RECORDS = """
reset_mock configure_mock mock_add_spec attach_mock mock_calls method_calls call_args call_args_list call_count called
side_effect return_value await_count await_args await_args_list
"""
_MOCK_RECORDS = frozenset(_RECORDS.split())
_FRAMES = frozenset("gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await ag_frame ag_code f_back f_locals".split())  # noqa: SIM905
_NEVER_SENT = (types.FrameType, types.CodeType, types.TracebackType, unittest.TestCase, unittest.TestResult)
_UNPICKLES = "a test would run code that the program may have written into a file"
_LAZY = (type, map, zip, filter, enumerate, reversed)
_BUILT_IN = [kind for kind in vars(builtins).values() if isinstance(kind, type)]
_BASIC = frozenset(kind for kind in _BUILT_IN if not issubclass(kind, _LAZY))
_WARNINGS = frozenset(kind for kind in _BASIC if issubclass(kind, Warning))
_DATA = frozenset(("DataFrame", "Series", "Index", "ndarray"))
_TEST_RUNNERS = ("unittest", "doctest", "pytest", "_pytest")
"""Modules whose exceptions control a test run: a program that raises unittest.SkipTest must not skip what it fails."""


class UnsupportedTest(BaseException):
    """The tests do what cannot be done from another process: a fault of neither side."""


class TestSide(RpcEndpoint):
    """The running tests: what they handed over, what they capture, why they could not be run."""

    asks = "D"

    def __init__(self, root: str, offered: frozenset[str], own_modules: Iterable[str] = ()) -> None:
        super().__init__(root, own_modules)
        self.offered = offered
        self._proxies: dict[object, object] = {}
        self._own_functions: dict[int, str] = {}
        self._kept_alive: list[object] = []
        self.gave_up: str | None = None
        self._streams = (sys.stdout, sys.stderr)
        self._sent: dict[str, object] = {}
        self._is_reseeded = False
        self._operations: dict[str, Callable[..., object]] = {
            "apply": self._apply,
            "copy": copy.copy,
            "deepcopy": copy.deepcopy,
            "hash": hash,
            "getattr": self._getattr,
            "setattr": self._setattr,
            "special": call_special,
            "str": str,
            "repr": repr,
        }

    def give_up(self, why: str) -> NoReturn:
        """End the tests: they cannot be run apart from the program."""
        self.gave_up = self.gave_up or why
        raise UnsupportedTest(why)

    def cannot_ask(self, why: NotPlainData) -> None:
        """End the tests: what they hand over, or what the program answers, has no form."""
        self.give_up(f"a value cannot cross between the tests and the program: {why}")

    def refuse_unpickling(self) -> None:
        """Give up where a test unpickles; what starts processes is the caller's to refuse."""
        # An audit hook cannot be removed or patched away by the tests (PEP 578).
        sys.addaudithook(lambda event, _: self.give_up(_UNPICKLES) if event == "pickle.find_class" else None)

    # what the program may do

    def perform(self, request: Mapping[str, Any]) -> Wire:
        """Do what the program asks of an object that the tests handed over."""
        args, kwargs = self.arguments(request)
        act = self._operations.get(str(request["do"]))
        if act is None or not args or not self.is_mine(args[0]):
            raise TypeError("the tests' side does no such thing")
        return self.encode(act(*args, **kwargs))

    def _apply(self, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        return function(*args, **kwargs)

    def _getattr(self, whole: object, name: str) -> object:
        self._check_attribute(whole, name)
        return getattr(whole, name)

    def _setattr(self, whole: object, name: str, value: object) -> None:
        self._check_attribute(whole, name)
        if isinstance(whole, unittest.mock.NonCallableMock) and not _is_plain(value):
            self.give_up(f"the program puts an object of its own into a mock, as {name!r}")
        setattr(whole, name, value)

    def _check_attribute(self, whole: object, name: str) -> None:
        """Raise AttributeError for what leads to records and frames; give up on what an honest program may want."""
        is_record = isinstance(whole, unittest.mock.NonCallableMock) and (
            name in _MOCK_RECORDS or name.startswith(("assert_", "mock_"))
        )
        if is_record or name in _FRAMES or isinstance(whole, types.FunctionType | types.MethodType | type):
            raise AttributeError(f"{type(whole).__name__} object has no attribute {name!r}")
        if name.startswith("_"):
            self.give_up(f"the program reads {name!r} of an object of the tests")

    def keep(self, value: object) -> dict[str, object]:
        """A reference to an object of the tests; some are never handed over."""
        if isinstance(value, _NEVER_SENT):
            raise NotPlainData(f"an object of type {type(value).__name__} stays with the tests")
        return {**super().keep(value), "hashed": type(value).__hash__ is not object.__hash__}

    # what the tests see

    def proxy(self, wire: Mapping[str, Any]) -> object:
        """One proxy for each object of the program."""
        number = wire["id"]
        if number not in self._proxies:
            kind = self.class_of(wire.get("kinds"))
            if kind is not None and kind.__module__.partition(".")[0] in ("numpy", "pandas") and kind.__name__ in _DATA:
                self.give_up(f"the program answers with a kind of {kind.__name__} that has no form")
            self._proxies[number] = self._make_proxy(wire, kind)
        return self._proxies[number]

    def _make_proxy(self, wire: Mapping[str, Any], kind: type | None) -> object:
        if isinstance(wire.get("bases"), list):  # an exception class, for assertRaises
            made = error_class(str(wire.get("type")), self.error_classes(wire["bases"]), {})
            self._functions[id(made)] = wire["id"]
            return made
        return make_proxy(self, wire, kind) if wire.get("name") is None else self.function(wire)

    def own_errors(self, numbers: object) -> list[type[BaseException]]:
        """Those of an exception's own classes that the tests have seen: they may expect one of its bases."""
        places = [number for number in numbers if type(number) is int] if isinstance(numbers, list) else []
        found = [self._proxies.get(number) for number in places]
        return [kind for kind in found if isinstance(kind, type) and issubclass(kind, BaseException)]

    def number_of(self, value: object) -> object:
        """The number of the object behind a proxy; None for what is no proxy."""
        return number_of_proxy(value) if is_proxy(value) else self._functions.get(id(value))

    def named(self, module: str, name: str) -> object:
        """A library's class or module that is loaded here. No function: the program could name one that ends the tests.

        Never one that controls a test run, under whatever name it is found.
        """
        if module not in sys.modules and module.partition(".")[0] not in self.offered:
            raise NotPlainData(f"module {module!r} is not loaded")
        found = super().named(module, name)
        if isinstance(found, types.ModuleType):
            homes = [found.__name__]
        elif isinstance(found, type):
            homes = [str(kind.__module__) for kind in found.__mro__]
        else:
            raise NotPlainData(f"{module}.{name} is no class")
        if any(home.partition(".")[0] in _TEST_RUNNERS for home in homes):
            raise NotPlainData(f"{module}.{name} steers tests")
        return found

    def class_of(self, kinds: object, *, also: frozenset[type] = frozenset()) -> type | None:
        """The first class of a list of places that is there; None for those whose values always cross, and for none."""
        for place in kinds if isinstance(kinds, list) else []:
            try:
                found = self.named(str(place[0]), str(place[1]))
            except (NotPlainData, IndexError, TypeError):
                continue
            if isinstance(found, type) and (found not in _BASIC or found in also):
                return found
        return None

    def _opaque(self, value: object) -> Wire:
        if (name := self._own_functions.get(id(value))) is not None:
            return {"#": "own", "name": name}
        return super()._opaque(value)

    def own_function(self, name: str) -> object:
        """A function of the program, looked up by its name at each call."""

        def proxy(*args: object, **kwargs: object) -> object:
            return self.ask("call", *args, name=name, kwargs=kwargs)

        proxy.__name__ = proxy.__qualname__ = name
        self._own_functions[id(proxy)] = name
        self._kept_alive.append(proxy)
        return proxy

    def changed(self, given: Mapping[str, object], body: Mapping[str, Any]) -> None:
        """Make the changes that a call made to its arguments here too."""
        found = body.get("changed")
        for name, wire in found.items() if isinstance(found, dict) else ():
            if name in given and not _is_updated(given[name], self.decode(wire)):
                self.give_up("the program changes an argument in a way that cannot be made here")

    # state

    def state(self) -> Mapping[str, object]:
        """Also random states where they changed, and what the tests capture."""
        listening = {
            "out": sys.stdout is not self._streams[0],
            "err": sys.stderr is not self._streams[1],
            "warned": _warned_by() is not _USUALLY_WARNED_BY,
        }
        listens = [name for name, is_on in listening.items() if is_on]
        return {**super().state(), **self._random_states(), "listens": listens}

    def _random_states(self) -> Mapping[str, object]:
        """States that the tests set or used since they were last sent; the program's own go on otherwise."""
        states: dict[str, object] = {"random": random.getstate()}
        if "numpy" in sys.modules:
            states["numpy"] = _numpy_state()
        changed = {name: value for name, value in states.items() if self._is_reseeded or self._sent.get(name) != value}
        self._sent.update(states)
        self._is_reseeded = False
        # The standard library's state is 625 numbers; written as plain lists they need no look at each of them.
        return {name: random_form(value) if name == "random" else self.encode(value) for name, value in changed.items()}

    def watch_seeds(self) -> None:
        """Notice that a seed is set again, though the state may be the same."""
        modules = [random] + ([sys.modules["numpy"].random] if "numpy" in sys.modules else [])
        for module in modules:
            # random.seed(42) twice leaves the state as it was sent, while the program has drawn numbers since.
            for name in ("seed", "setstate", "set_state"):
                if hasattr(module, name):
                    setattr(module, name, self._noticing(getattr(module, name)))
        self._sent.update(random=random.getstate())
        if len(modules) > 1:
            self._sent.update(numpy=_numpy_state())

    def _noticing(self, function: Callable[..., object]) -> Callable[..., object]:
        def noticed(*args: object, **kwargs: object) -> object:
            self._is_reseeded = True
            return function(*args, **kwargs)

        return noticed

    def accept(self, body: Mapping[str, Any]) -> None:
        """Also repeat here what the program printed and warned of."""
        super().accept(body)
        output = body.get("output")
        if not isinstance(output, dict):
            return
        for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
            if output.get(name) and stream is not None:
                stream.write(str(output[name]))
        for kinds, message in output.get("warned") or []:
            kind = self.class_of(kinds, also=_WARNINGS)
            is_known = kind is not None and issubclass(kind, Warning)
            warnings.warn(str(message), kind if is_known else Warning, stacklevel=2)

    def error_of(self, wire: Mapping[str, Any]) -> BaseException:
        """An exception of the program; none that unittest would take as an instruction."""
        error = super().error_of(wire)
        # A program that raises SkipTest would turn its failure into a skipped test.
        if any(kind.__module__.partition(".")[0] in _TEST_RUNNERS for kind in type(error).__mro__):
            return Exception(str(error))
        return error

    # what the tests replace

    def watch_patches(self) -> None:
        """Replace over there what `unittest.mock` replaces here."""
        patcher: Any = unittest.mock._patch
        enter, leave = patcher.__enter__, patcher.__exit__

        def patched_enter(patch: Any) -> object:
            given = enter(patch)
            place = self._place(patch.target, patch.attribute)
            if place is not None:
                patch._place = place
                self.ask("replace", *place, patch.attribute, getattr(patch.target, patch.attribute))
            return given

        def patched_exit(patch: Any, *raised: object) -> object:
            result = leave(patch, *raised)
            place, patch._place = getattr(patch, "_place", None), None
            if place is not None:
                self.ask("restore", *place, patch.attribute)
            return result

        patcher.__enter__, patcher.__exit__ = patched_enter, patched_exit

    def _place(self, target: object, attribute: str) -> tuple[str, str] | None:
        """Where the program finds what is replaced; None for objects that it never sees."""
        if target is sys and attribute in ("stdout", "stderr"):
            return None  # printed text crosses as text
        if isinstance(target, types.ModuleType):
            return target.__name__, ""
        if is_proxy(target):
            self.give_up("a test replaces an attribute of an object that stays with the program")
        return self.name_of(target) if isinstance(target, type) else None


def random_form(state: Any) -> Wire:
    """The form of a state of `random`: its version, numbers, and what `gauss` keeps."""
    return [state[0], list(state[1]), state[2]]


def _warned_by() -> object:
    """What shows a warning: catch_warnings(record=True) sets another function while a test records them."""
    return getattr(warnings, "_showwarnmsg_impl", None)


_USUALLY_WARNED_BY = _warned_by()


def _is_updated(old: Any, new: Any) -> bool:
    """Whether a container could be given the content of another in place, nested containers included."""
    if type(old) is not type(new):
        return False
    if isinstance(old, list | tuple):
        if len(old) == len(new) and all(map(_is_same_or_updated, old, new)):
            return True
        if isinstance(old, list):
            old[:] = new
        return isinstance(old, list)
    if isinstance(old, dict) and old.keys() == new.keys() and all(map(_is_same_or_updated, old.values(), new.values())):
        return list(old) == list(new) or _is_refilled(old, new)
    if isinstance(old, dict | set):
        return _is_refilled(old, new)
    if isinstance(old, collections.deque):
        old.clear()
        old.extend(new)
        return True
    if hasattr(old, "_update_inplace"):
        old._update_inplace(new)  # of pandas
        return True
    if getattr(new, "shape", 0) == getattr(old, "shape", None) and old.dtype == new.dtype:
        old[...] = new
        return True
    return False


def _is_same_or_updated(old: object, new: object) -> bool:
    """Whether two members need no exchange: containers are updated in place, everything else must be equal."""
    if isinstance(old, list | dict | set | tuple) and type(old) is type(new):
        return _is_updated(old, new)
    return type(old) is type(new) and type(old).__module__ == "builtins" and old == new


def _is_refilled(old: Any, new: Any) -> bool:
    old.clear()
    old.update(new)
    return True


def _numpy_state() -> object:
    state = sys.modules["numpy"].random.get_state()
    return (state[0], state[1].tolist(), *state[2:])


def _is_plain(value: object) -> bool:
    """Whether a value is data that no assertion method could hide in."""
    if isinstance(value, list | tuple | set | frozenset):
        return type(value).__module__ == "builtins" and all(map(_is_plain, value))
    if isinstance(value, dict):
        return type(value) is dict and all(map(_is_plain, (*value, *value.values())))
    return value is None or type(value) in (bool, int, float, str, bytes)


class Result(unittest.TestResult):
    """Stops at the first test that does not pass, and keeps why."""

    def __init__(self) -> None:
        super().__init__()
        self.failfast = True
        self.found: tuple[unittest.TestCase, BaseException] | None = None
        self.passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        self.passed += 1
        super().addSuccess(test)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802 - unittest's name
        self.passed += 1
        super().addExpectedFailure(test, err)

    def _note(self, test: unittest.TestCase, error: Any) -> None:
        self.found = self.found or (test, error[1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802 - unittest's name
        self._note(test, err)
        super().addError(test, err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802 - unittest's name
        self._note(test, err)
        super().addFailure(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._note(test, err)
        super().addSubTest(test, subtest, err)


def run(body: Mapping[str, Any]) -> None:
    """Run the test classes of the frame's text and send the verdict."""
    tests = TestSide(work_folder(), frozenset(map(str, body["offered"])))

    def act(verdict: dict[str, object], result: Result) -> None:
        module = _prepared(tests, body)
        for part in ("setup", "tests"):
            verdict["part"] = part
            module.__dict__[str(body["entry_point"])] = tests.own_function(str(body["entry_point"]))
            code = compile(str(body[part]), f"<{part}>", "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 - the benchmark's own test code, sandboxed as well
        suite_of(module).run(result)

    send_verdict(tests, body["token"], act)


def send_verdict(tests: TestSide, token: object, act: Callable[[dict[str, object], Result], None]) -> None:
    """Run tests by `act`, then send the verdict: whether all pass; if not, which and why. `act` names the part."""
    verdict: dict[str, object] = {"token": token, "passed": False, "part": "tests"}
    result = Result()
    try:
        act(verdict, result)
        if result.found is not None:
            verdict["test"] = result.found[0].id().rpartition(".")[2]
            raise result.found[1]
        # wasSuccessful() is true for no tests at all (unittest.TestResult).
        if result.passed == 0 and result.wasSuccessful():
            tests.give_up("every test was skipped, or there is none")
        # A test that ends the run in the middle leaves neither a failure nor its successors' results.
        is_whole = result.passed + len(result.skipped) == result.testsRun
        verdict["passed"] = result.wasSuccessful() and is_whole and tests.gave_up is None
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like end the tests too
        verdict.update(describe_exception(error), line=line_of(error, f"<{verdict['part']}>"))
    verdict.update(cannot_cross=tests.gave_up is not None, ran=result.passed)
    if tests.gave_up is not None:
        verdict["message"] = tests.gave_up
    write_frame("V", verdict)


def suite_of(module: types.ModuleType) -> unittest.TestSuite:
    """The tests of the classes that a module of tests defines or imports."""
    kinds = [value for value in vars(module).values() if type(value) is type and issubclass(value, unittest.TestCase)]
    return unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, dict.fromkeys(kinds)))


def _prepared(tests: TestSide, body: Mapping[str, Any]) -> types.ModuleType:
    """The tests' module, with the names in it that are the program's."""
    module = types.ModuleType(TESTS)
    sys.modules[TESTS] = module
    tests.refuse_unpickling()
    for name in _PROGRAM_MODULES:
        package, _, last = name.rpartition(".")
        if name in body["modules"]:
            proxy = RemoteModule(tests, name)
            sys.modules[name] = proxy
            setattr(importlib.import_module(package), last, proxy)
    for name in map(str, body["names"]):
        try:
            value = tests.ask("global", name)
        except Exception:  # noqa: BLE001, S112 - a test that uses it raises NameError
            continue
        if type(value) is types.ModuleType:
            value = sys.modules.get(value.__name__, value)
        elif tests.number_of(value) is not None and type(value) is types.FunctionType:
            value = tests.own_function(name)
        module.__dict__[name] = value
    tests.watch_seeds()
    tests.watch_patches()
    return module
