"""The program's side of a repository: its files in the work folder, its modules imported where a test imports them.

Lists, dicts and sets keep their identity across the channel (twins, remote_containers), unlike with the single
functions of `program_side`: tests of a repository share them with the program. Test files are not among the files.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from harness.grading.sandbox.plain_data import Wire, encode
from harness.grading.sandbox.worker.sample import write_frame
from harness.grading.unittest_bridge.file_sync import PROGRAM_FOLDER
from harness.grading.unittest_bridge.program_side import ModuleObject, ProgramSide
from harness.grading.unittest_bridge.remote_containers import KINDS
from harness.grading.unittest_bridge.remote_values import CONTENTS, TEXTS
from harness.grading.unittest_bridge.rpc import work_folder
from harness.grading.unittest_bridge.special_methods import SPECIALS
from harness.grading.unittest_bridge.twins import Twins


class RepositoryProgramSide(ProgramSide):
    """The files of a repository, `files` by path."""

    def __init__(self, root: str, files: Mapping[str, str]) -> None:
        tops = {path.removesuffix(".py").partition("/")[0] for path in files if path.endswith(".py")}
        # Also modules that no test imports: their classes are no library's. What is loaded already is not theirs.
        super().__init__(root, tops - set(sys.modules))
        self.mutable = self._shared
        self._twins = Twins(self.encode, self.decode)
        self._operations |= {
            "module": lambda name: ModuleObject(importlib.import_module(name)),
            "isinstance": isinstance,
        }

    def write(self, files: Mapping[str, str]) -> None:
        """Put modules where they can be imported, and other files also where paths in the repository lead to them."""
        folder = os.path.join(self.root, PROGRAM_FOLDER)  # noqa: PTH118 - pathlib would be one more import in here
        for path, text in files.items():
            for top in (folder,) if path.endswith(".py") else (folder, self.root):
                place = os.path.join(top, path)  # noqa: PTH118
                os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
                with open(place, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
                    file.write(text)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        self.files.changes()  # known from now on: only what the program changes crosses

    def perform(self, request: Mapping[str, Any]) -> Wire:
        """Also the members of a list, dict or set, and its content: with those inside it as data."""
        if request["do"] not in ("content", "members"):
            return super().perform(request)
        self._given.append(({}, request))
        args, _ = self.arguments(request)
        value = args[0]
        return encode(value, self._opaque, 0, self._special) if request["do"] == "content" else self._twins.form(value)

    def after(self, request: Mapping[str, Any]) -> Mapping[str, object]:
        """Nothing: changed arguments cross with the state."""
        self._given.pop()
        return {}

    def state(self) -> Mapping[str, object]:
        """Also changes of what the tests handed over, and what of it is no longer kept."""
        changed = self._twins.changes()
        return {**super().state(), "twins": changed, "dropped": self._twins.dropped()}

    def accept(self, body: Mapping[str, Any]) -> None:
        """Also changes that the tests made to what they handed over."""
        super().accept(body)
        self._twins.apply(body.get("twins"))

    def error_form(self, error: BaseException) -> dict[str, object]:
        """Also a reference to the exception, and its number where the tests raised it."""
        return {**super().error_form(error), "twin": self._twins.number_of(error), "itself": self.keep(error)}

    def error_of(self, wire: Mapping[str, Any]) -> BaseException:
        """The program's own exception where it is one; else the tests' again if the program raises or returns it."""
        if wire.get("twin") is not None and isinstance(found := self.kept(wire["twin"]), BaseException):
            return found
        error = super().error_of(wire)
        self._twins.hold(int(wire["itself"]), error)
        return error

    def _shared(self, value: object) -> Wire:
        number = self._twins.number_of(value)
        if number is not None:
            return {"#": "yours", "id": number}
        name, kind = next((name, kind) for name, kind in KINDS.items() if isinstance(value, kind))
        can = None if type(value) is kind else [name for name in SPECIALS if self._is_overridden(type(value), name)]
        facts = {"type": type(value).__name__, "container": name, "can": can}
        return {"#": "mine", "id": self.number_kept(value), **facts}

    def _special(self, value: object) -> Wire | None:
        base = next((base for base in CONTENTS if isinstance(value, base)), None)
        if base is None or type(value).__module__.partition(".")[0] not in self.own_modules:
            return super()._special(value)
        can = [name for name in (*SPECIALS, *TEXTS) if self._is_overridden(type(value), name)]
        facts = {"type": type(value).__name__, "can": can, "value": self.encode(CONTENTS[base](value))}
        return {"#": "mine", "id": self.number_kept(value), **facts}

    def _is_overridden(self, kind: type, name: str) -> bool:
        own = (base for base in kind.__mro__ if base.__module__.partition(".")[0] in self.own_modules)
        return any(name in vars(base) for base in own)

    def _tagged(self, wire: Mapping[str, Any]) -> object:
        return self._twins.rebuild(wire["id"], wire["v"]) if wire.get("#") == "shared" else super()._tagged(wire)


def serve(body: Mapping[str, Any]) -> None:
    """Write the files of the frame, say so, then answer until the client hangs up."""
    side = RepositoryProgramSide(work_folder(), body["files"])
    side.write(body["files"])
    write_frame("A", {})
    side.serve()
