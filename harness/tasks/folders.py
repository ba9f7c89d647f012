"""Where task files lie, and how one is found by its name and imported.

The name is the file: `math-500` is `math_500.py`, dash and underscore equal. Folders in order of precedence: `--tasks
DIR`, a `tasks/` folder in the working folder, the shipped tasks. A file counts as a task when it assigns `TASK` at its
top level, so other Python files may lie beside it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType

from harness.core.errors import ConfigError, UsageError
from harness.core.labels import closest_names
from harness.core.types import Task

_PACKAGE = Path(__file__).resolve().parents[1]
_MISTAKES = (  # what a faulty task file raises; the job boundary alone may catch everything
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
_ASSIGNS_TASK = re.compile(r"^TASK\s*[:=]", re.MULTILINE)


def shipped_dir() -> Path:
    """The folder of the shipped tasks: inside the installed wheel, else at the top of the checkout."""
    in_wheel = _PACKAGE / "shipped" / "tasks"
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent / "tasks"


def task_files(tasks_dir: Path | None, cwd: Path) -> dict[str, Path]:
    """The file of every task by its name, sorted; an earlier folder hides the same name of a later one.

    Raises UsageError when `tasks_dir` is given and is not a folder.
    """
    if tasks_dir is not None and not tasks_dir.is_dir():
        raise UsageError(
            f"--tasks {tasks_dir}: there is no such folder; accepted: a folder with one Python file a task"
        )
    folders = [shipped_dir(), cwd / "tasks", *([tasks_dir] if tasks_dir is not None else [])]
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            if _is_task_file(path):
                found[task_name(path.stem)] = path
    return dict(sorted(found.items()))


def task_name(stem: str) -> str:
    """The name of a task on the command line and in files: dashes, lower case."""
    return stem.lower().replace("_", "-")


def find_task_file(name: str, *, tasks_dir: Path | None, cwd: Path) -> Path:
    """The file of that task. Raises UsageError with the nearest names for an unknown one."""
    files = task_files(tasks_dir, cwd)
    path = files.get(task_name(name))
    if path is None:
        raise UsageError(f"task {name!r} is unknown; {closest_names(task_name(name), files)}")
    return path


def import_task(path: Path) -> Task:
    """The `TASK` of the file, checked against its name. Raises ConfigError naming file and line of what is wrong."""
    module = _imported(path)
    task = getattr(module, "TASK", None)
    if not isinstance(task, Task):
        raise ConfigError(f"{path}: TASK has the type {type(task).__name__}; accepted: a harness.tasks.Task")
    if task.name != task_name(path.stem):
        raise ConfigError(
            f"{path}: TASK.name is {task.name!r}; accepted: {task_name(path.stem)!r}, as the file is named"
        )
    return task


def _is_task_file(path: Path) -> bool:
    if path.name.startswith("_") or not path.is_file():
        return False
    return bool(_ASSIGNS_TASK.search(path.read_text(encoding="utf-8", errors="replace")))


def _imported(path: Path) -> ModuleType:
    """The module of the file under a name of its own, so that two folders may hold a file of one name."""
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"harness_task_{place}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path}: cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses written in a task file look their module up
    try:
        spec.loader.exec_module(module)
    except _MISTAKES as error:
        del sys.modules[name]
        raise ConfigError(f"{path}{_line_of(error, path)}: {type(error).__name__}: {error}") from error
    return module


def _line_of(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f":{error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f":{lines[-1]}" if lines else ""
