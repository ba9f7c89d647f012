"""The tests' side of a repository: modules of `unittest` classes whose imports of the program lead to its sandbox.

What `import` finds here: modules of tests, from the text that the frame brought and never from a file, which the
program could have written; the program's modules as proxies; else the standard library. What the tests set or patch in
a module or class of the program is set over there.

Not supported beside what `unittest_side` names: tests that read files of the repository, derive a class from one of the
program, compare two objects of the program's own classes, or need a real list where the program's is a proxy, as
json.dumps does.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import types
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

from harness.grading.sandbox.plain_data import NotPlainData, Wire
from harness.grading.unittest_bridge.proxies import RemoteModule, is_proxy, with_contains
from harness.grading.unittest_bridge.remote_containers import KINDS, container_proxy
from harness.grading.unittest_bridge.remote_values import value_proxy
from harness.grading.unittest_bridge.rpc import work_folder
from harness.grading.unittest_bridge.twins import Twins
from harness.grading.unittest_bridge.unittest_side import Result, TestSide, send_verdict, suite_of

_STARTS = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen")
_STARTS_PROCESS = "a test starts a process, which the sandbox of the tests does not allow"


class RepositoryTestSide(TestSide):
    """The running tests of a repository. `program`: top-level names of its modules; `texts`: those of the tests."""

    def __init__(self, root: str, offered: frozenset[str], program: Sequence[str], texts: Mapping[str, str]) -> None:
        self.program = frozenset(program)
        super().__init__(root, offered, {*program, *(name.partition(".")[0] for name in texts)})
        self.mutable = self._shared
        self._twins = Twins(self.encode, self.decode)
        # Before all others: a program called like an installed library is what its tests import.
        sys.meta_path.insert(0, _Finder(self, texts))
        sys.addaudithook(lambda event, _: self.give_up(_STARTS_PROCESS) if event in _STARTS else None)

    def state(self) -> Mapping[str, object]:
        """Also changes of what the program was handed and keeps."""
        return {**super().state(), "twins": self._twins.changes()}

    def accept(self, body: Mapping[str, Any]) -> None:
        """Also the program's changes of what it was handed, and what of it is no longer kept."""
        super().accept(body)
        self._twins.apply(body.get("twins"))
        self._twins.forget(body.get("dropped"))

    def cannot_read(self, why: NotPlainData) -> None:
        """Nothing: the program's side writes forms that can be read, so this is no value but a forgery."""

    def error_form(self, error: BaseException) -> dict[str, object]:
        """Also the number of the exception here, or on the program's side where it is from there."""
        number = self.number_kept(error)
        self._twins.hold(number, error)
        return {**super().error_form(error), "itself": number, "twin": self._functions.get(id(error))}

    def error_of(self, wire: Mapping[str, Any]) -> BaseException:
        """The tests' own exception where it is one; else one whose further attributes are asked of the program."""
        if wire.get("twin") is not None and isinstance(found := self.kept(wire["twin"]), BaseException):
            arguments = self.decode(wire.get("args"))
            if isinstance(arguments, tuple) and arguments != found.args:
                found.args = arguments  # the program changed what the tests raised
            return found
        error = super().error_of(wire)
        kind, itself = type(error), wire.get("itself")
        if isinstance(itself, dict):
            remote = self.decode({**itself, "#": "mine", "kinds": None})
            asked = {"__getattr__": lambda _, name: getattr(remote, name), "__module__": kind.__module__}
            own = wire.get("own")
            if isinstance(own, list) and own:
                with contextlib.suppress(TypeError):  # a class named like the built-in one that it derives from
                    error.__class__ = type(kind.__name__, (kind,), asked)
                self._of_program(type(error), own[0])
            self._of_program(error, itself.get("id"))
        return error

    def _of_program(self, value: object, number: object) -> None:
        """Hand a value back as the program's object of that number."""
        self._functions[id(value)] = number
        self._kept_alive.append(value)

    def _shared(self, value: object) -> Wire | None:
        if type(value) in KINDS.values():
            number = self.number_kept(value)
            return {"#": "shared", "id": number, "v": self._twins.hold(number, value)}
        # A subclass that a test defines to count or refuse accesses must be asked for each of them.
        is_own = type(value).__module__.partition(".")[0] in self.own_modules
        return self.keep(value) if is_own and not is_proxy(value) else None

    def _make_proxy(self, wire: Mapping[str, Any], kind: type | None) -> object:
        if "value" in wire:
            value = value_proxy(self, wire, self.decode(wire["value"]))
            self._of_program(value, wire.get("id"))
            return value
        container = KINDS.get(str(wire.get("container")))
        if container is not None:
            return container_proxy(self, wire, container)
        made = super()._make_proxy(wire, kind)
        can = wire.get("can")
        if is_proxy(made) and kind is None and isinstance(can, list) and "__iter__" not in can:
            return with_contains(self, wire)  # else `in` iterates, and compares here
        return made

    def _place(self, target: object, attribute: str) -> tuple[str, str] | None:
        """None for what is set over there as soon as it is set here."""
        return None if is_proxy(target) or isinstance(target, _ProgramModule) else super()._place(target, attribute)


class _ProgramModule(RemoteModule):
    """A module of the program; what the tests set in it is set there."""

    def __setattr__(self, name: str, value: object) -> None:
        # The import system sets its own attributes, and submodules in their package.
        if name.startswith("__") or isinstance(value, RemoteModule):
            self.__dict__[name] = value
        else:
            self.__dict__["_client"].ask("setattr", self.__dict__["_module"], name, value)

    def __delattr__(self, name: str) -> None:
        self.__dict__["_client"].ask("delattr", self.__dict__["_module"], name)


class _ProgramLoader(Loader):
    def __init__(self, tests: RepositoryTestSide) -> None:
        self._tests = tests

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return _ProgramModule(self._tests, spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__["_module"] = self._tests.ask("module", module.__name__)


class _TextLoader(Loader):
    def __init__(self, text: str) -> None:
        self._text = text

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        code = compile(self._text, f"<{module.__name__}>", "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - the repository's own tests, sandboxed as well


class _Finder(MetaPathFinder):
    """Finds modules of the tests by their text, and the program's."""

    def __init__(self, tests: RepositoryTestSide, texts: Mapping[str, str]) -> None:
        self._tests, self._texts = tests, texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self._texts:
            return ModuleSpec(fullname, _TextLoader(self._texts[fullname]), is_package=True)
        if fullname.partition(".")[0] in self._tests.program:
            return ModuleSpec(fullname, _ProgramLoader(self._tests), is_package=True)
        return None


def run(body: Mapping[str, Any]) -> None:
    """Run the tests of the modules that the frame names and send the verdict."""
    texts = {str(name): str(text) for name, text in body["texts"].items()}
    offered = frozenset(map(str, body["offered"]))
    tests = RepositoryTestSide(work_folder(), offered, [str(name) for name in body["program"]], texts)

    def act(verdict: dict[str, object], result: Result) -> None:
        tests.refuse_unpickling()
        tests.watch_seeds()
        tests.watch_patches()
        for name in map(str, body["modules"]):
            verdict["part"] = name
            suite_of(importlib.import_module(name)).run(result)
            if result.found is not None:
                return

    send_verdict(tests, body["token"], act)
