"""The process of one sample: load the candidate it is sent, then do what it is asked.

It runs after the lockdown, with the standard library only. The channel is descriptor 3: frames of four bytes length,
one byte that names the frame, and a JSON body. Frames in: L load a program, D do one thing with it, M run it as a main
program, others by the handlers of an extension. Frames out: R ready, A answer, X raised, others of an extension.

Values that are not plain data stay here; a numbered reference goes out in their place. Whatever this process sends is
only the candidate's answer: the candidate shares the process and may send anything itself. So comparing, limits and
deadlines are all outside.
"""

from __future__ import annotations

import atexit
import builtins
import json
import operator
import os
import sys
import threading
import types
from collections.abc import Callable, Mapping
from typing import TypeAlias

from harness.grading.sandbox.plain_data import NotPlainData, Wire, decode, encode, exact_number, exact_number_of

CHANNEL = 3
_MESSAGE_LENGTH = 400
Handler: TypeAlias = Callable[[Mapping[str, object]], None]
"""What takes the frames of one name."""
_read, _write = os.read, os.write  # taken now: tests may replace them for the candidate
_to_json, _from_json = json.JSONEncoder(separators=(",", ":")).encode, json.JSONDecoder().decode


def read_frame(swap: tuple[str, str] | None = None) -> tuple[str, dict[str, object]]:
    """The next frame's name and body. Raises EOFError when the client has hung up.

    `swap`: a text that stands in the frame, and what to read in its place.
    """
    header = _read_exactly(5)
    text = _read_exactly(int.from_bytes(header[:4], "big")).decode()
    return chr(header[4]), _from_json(text if swap is None else text.replace(*swap))


def _read_exactly(count: int) -> bytes:
    parts = []
    while count:
        # At most 1 MiB at a time: os.read allocates what it is asked for before it knows how much arrives, and `count`
        # may be large.
        part = _read(CHANNEL, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_frame(name: str, body: Mapping[str, object], swap: tuple[str, str] | None = None) -> None:
    """Send one frame. `swap`: a text that stands in it, and what to write in its place."""
    json_text = _to_json(body)
    text = (json_text if swap is None else json_text.replace(*swap)).encode()
    rest = memoryview(len(text).to_bytes(4, "big") + name.encode() + text)
    while rest:
        # write(2) may take less than it is given; a frame that lacks its end would block the client until the deadline.
        rest = rest[_write(CHANNEL, rest) :]


def describe_exception(error: BaseException) -> dict[str, object]:
    """An exception as data: its class and built-in bases by name, and its words."""
    names = [type(error).__name__]
    # By identity with the built-in, not by name: a program's own class called ValueError is not what a test expects.
    names += [base.__name__ for base in type(error).__mro__ if getattr(builtins, base.__name__, None) is base]
    try:
        message = str(error)[:_MESSAGE_LENGTH]
    except BaseException:  # noqa: BLE001 - the program's own __str__ may raise anything
        message = ""
    return {"types": list(dict.fromkeys(names)), "message": message}


def line_of(error: BaseException, file: str) -> int | None:
    """The innermost line of the tests that the error passed through."""
    # A SyntaxError is raised while the text is compiled; its traceback holds no frame of that text.
    if isinstance(error, SyntaxError):
        return error.lineno
    line, at = None, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == file:
            line = at.tb_lineno
        at = at.tb_next
    return line


class ObjectTable:
    """The values that stay in this process, by number."""

    def __init__(self) -> None:
        self._kept: list[object] = []
        self._numbers: dict[int, int] = {}

    def opaque(self, value: object) -> Wire:
        """The form of a value that is not plain: a decimal or fraction, an array's elements, or a reference."""
        if (number_form := exact_number(value)) is not None:
            return number_form
        if isinstance(value, types.ModuleType):
            return {"#": "module", "name": value.__name__}
        # By the names of module and class: importing numpy here would load it for every sample that never uses it.
        kind = type(value)
        if kind.__module__ == "numpy" and kind.__name__ == "ndarray":
            return {"#": "ndarray", "dtype": str(value.dtype), "v": encode(value.tolist(), self.opaque)}  # type: ignore[attr-defined]
        # One number per object, so that `f() is f()` outside is as true as it is inside. Kept values are never freed,
        # which is what makes id() a safe key.
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return {"#": "ref", "id": number, "type": kind.__name__, "callable": callable(value)}

    def special(self, wire: Mapping[str, object]) -> object:
        """The value behind a reference that comes back."""
        number = wire.get("id")
        if wire.get("#") == "ref" and isinstance(number, int):
            return self._kept[number]
        if wire.get("#") == "type":
            return getattr(builtins, str(wire.get("name")))
        if (exact := exact_number_of(wire)) is not None:
            return exact
        raise NotPlainData(f"tag {wire.get('#')!r}")


class Program:
    """A loaded program and the things that can be done with it from outside."""

    def __init__(self, name: str) -> None:
        self._module = types.ModuleType(name)
        sys.modules[name] = self._module
        self._objects = ObjectTable()

    def load(self, source: str) -> list[str]:
        """Run the program's text; the names it defines.

        It gets a copy of the built-in functions: it may replace them, and this module needs them.
        """
        # `def len(x)` in `builtins` by a program would otherwise replace the `len` that this module calls.
        own_builtins = types.ModuleType("builtins")
        own_builtins.__dict__.update(vars(builtins))
        sys.modules["builtins"] = self._module.__dict__["__builtins__"] = own_builtins
        # dont_inherit: without it the program would get this module's `from __future__ import annotations`.
        code = compile(source, "<solution>", "exec", dont_inherit=True)
        exec(code, self._module.__dict__)  # noqa: S102 - what the sandbox is for
        return [name for name in self._module.__dict__ if not name.startswith("__")]

    def do(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """Do one thing: `call` a function by name or reference, or an operation on a reference.

        With the value goes, where it is asked for, what the call made of its arguments in place.
        """
        raw_args, raw_kwargs = request.get("args"), request.get("kwargs")
        assert isinstance(raw_args, list)
        args = [decode(item, self._objects.special) for item in raw_args]
        kwargs: dict[str, object] = {}
        if isinstance(raw_kwargs, dict):
            kwargs = {name: decode(item, self._objects.special) for name, item in raw_kwargs.items()}
        what = request["do"]
        function = self._named(str(request["name"])) if what == "call" else OPERATIONS[str(what)]
        if what == "global":
            return {"value": encode(self._named(str(args[0])), self._objects.opaque)}
        given = {**{str(index): item for index, item in enumerate(args)}, **kwargs}
        if not request.get("tell_changes"):
            return {"value": encode(function(*args, **kwargs), self._objects.opaque)}
        # Encoded before the call: afterwards the argument and its copy by reference would be the same, changed object.
        before = {name: encode(item, self._objects.opaque) for name, item in given.items()}
        value = encode(function(*args, **kwargs), self._objects.opaque)
        after = {name: encode(item, self._objects.opaque) for name, item in given.items()}
        return {"value": value, "changed": {name: wire for name, wire in after.items() if wire != before[name]}}

    def _named(self, dotted: str) -> Callable[..., object]:
        """The function of that name; `Class.method` is looked up on a fresh instance."""
        first, *rest = dotted.split(".")
        if first not in self._module.__dict__:
            raise NameError(f"the program does not define {first!r}")
        found = self._module.__dict__[first]
        for name in rest:
            # LeetCode-style answers define `class Solution` with the method that is asked for.
            found = getattr(found() if isinstance(found, type) else found, name)
        return found  # type: ignore[no-any-return]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


OPERATIONS: dict[str, Callable[..., object]] = {
    "global": lambda name: name,
    "apply": lambda function, *args, **kwargs: function(*args, **kwargs),
    "getattr": getattr,
    "setattr": setattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "len": len,
    # Steps of an iterator are asked for one by one: a generator may be endless, and only the test knows how many it
    # reads.
    "iter": iter,
    "next": next,
    "str": str,
    "repr": repr,
    "flush": _flush,
}


def _answer(act: Callable[[], Mapping[str, object]]) -> None:
    try:
        body = act()
        name = "A"
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are answers like any other
        body, name = describe_exception(error), "X"
    write_frame(name, body)


def _as_main(source: str) -> Mapping[str, object]:
    """Run a main program to its end: with the threads it waits for and what it registered for its exit."""
    try:
        Program("__main__").load(source)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise
    # As Py_FinalizeEx does at the end of a real program: a main program that prints from a thread would lose its
    # output.
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    # The process leaves by os._exit, which calls no exit functions; programs that print a total there need them.
    atexit._run_exitfuncs()
    _flush()
    return {}


def _leave(code: object = None) -> None:
    """`exit` and `quit`, which programs use and the `site` module, left out here, would define."""
    raise SystemExit(code)


def serve(handlers: Mapping[str, Handler]) -> None:
    """Answer frames until the client hangs up. `handlers`: who takes the frames that other modules serve."""
    # "R" goes out first: it proves to the client that the lockdown is complete before any text of a model arrives.
    write_frame("R", {})
    builtins.exit = builtins.quit = _leave  # type: ignore[assignment]
    program = Program("solution")
    while True:
        try:
            name, body = read_frame()
        except EOFError:
            return
        if name == "L":
            _answer(lambda body=body: {"names": program.load(str(body["source"]))})  # type: ignore[misc]
        elif name == "D":
            _answer(lambda body=body: program.do(body))  # type: ignore[misc]
        elif name == "M":
            _answer(lambda body=body: _as_main(str(body["source"])))  # type: ignore[misc]
        elif name in handlers:
            handlers[name](body)
